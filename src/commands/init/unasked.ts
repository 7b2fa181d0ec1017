import { usageError } from "../../flow/errors.ts";
import { printable } from "../../text/printable.ts";
import { firstPlan, problemsOf } from "./first-plan.ts";
import { lookThrough } from "./folder.ts";
import { leftOver } from "./left-over.ts";
import { embedderText, foundText, ignoredText, problemError, problemText } from "./texts.ts";
import { type Asked, runFlags } from "./run-flags.ts";
import { writeFiles } from "./write-files.ts";

/** `init --yes`: takes all that it finds, and what works; says what that is. */
export async function unasked(asked: Asked): Promise<number> {
  const { flags, path, files, world, run } = asked;
  const say = (line: string) => {
    if (!flags.quiet) world.stderr.write(`${printable(line)}\n`);
  };
  const isLooked = !files.sources.isThere;
  const folder = isLooked ? await lookThrough(path ?? world.cwd, world) : undefined;
  if (folder !== undefined) {
    const left = leftOver(folder.scanned);
    if (folder.sources.length === 0) throw nothingFound(folder.path, left);
    for (const source of folder.sources) say(foundText(source));
    for (const line of left) say(line);
  }
  const plan = await firstPlan(asked);
  const { embedder, instead } = plan;
  const { choices } = embedder;
  // A run would end there; until then nothing is written, and the same call is right once that is mended.
  const [problem] = problemsOf(plan, asked);
  if (problem !== undefined) throw problemError(problem);
  if (instead !== undefined) for (const line of problemText(instead.problem).split("\n")) say(line);
  say(`embedder: ${embedderText(embedder)}`);
  const chosen = folder?.sources.map(({ name }) => name) ?? [];
  for (const line of await writeFiles(files, { folder, chosen, choices })) say(line);
  if (!isLooked && path !== undefined) say(ignoredText(path, files.sources.label));
  return run(runFlags(asked, choices, folder?.path));
}

/** No source could be made of a folder. */
function nothingFound(path: string, left: readonly string[]) {
  const hint = [
    ...left,
    "name another folder: init reads Markdown, PDFs, Flare projects, BBj code and JSON of Javadoc",
  ];
  return usageError(`there is nothing to read in ${path}`, hint.join("\n"));
}
