import { IngestError, messageOf } from "../../flow/errors.ts";
import { printable } from "../../text/printable.ts";
import { guidedLines } from "../fields.ts";
import { answer, type Prompts } from "../prompts.ts";
import { folderPath, folderProblem, type FoundFolder, lookThrough } from "./folder.ts";
import { leftOver } from "./left-over.ts";
import type { Asked } from "./run-flags.ts";

/** Enough to know whether the working directory holds documents, which may be somebody's whole home. */
const GLANCE_FILES_MAX = 20_000;

/** Asks for a folder until there is one with documents; the one that was named is looked into without a question. */
export async function askFolder({ path, world }: Asked, clack: Prompts): Promise<FoundFolder> {
  const here = path === undefined ? await lookThrough(world.cwd, world, { filesMax: GLANCE_FILES_MAX }) : undefined;
  const usual = here !== undefined && here.sources.length > 0 ? "." : undefined;
  let asked = path;
  for (;;) {
    asked ??= folderPath(await askPath(usual, clack, (given) => whyNoFolder(given, world)), world);
    const isHere = here !== undefined && asked === world.cwd && !here.scanned.isCut;
    try {
      const found = isHere ? here : await lookThrough(asked, world);
      const left = leftOver(found.scanned).flatMap((line) => guidedLines(printable(line), world.stdout.columns));
      if (found.sources.length > 0) {
        if (left.length > 0) clack.log.info(left.join("\n"));
        return found;
      }
      clack.log.warn([`There is nothing to read in ${printable(asked)}.`, ...left].join("\n"));
    } catch (error) {
      if (!(error instanceof IngestError)) throw error;
      clack.log.error(printable(messageOf(error)));
    }
    asked = undefined;
  }
}

async function askPath(
  usual: string | undefined,
  clack: Prompts,
  whyNot: (given: string) => string | undefined,
): Promise<string> {
  return answer(
    await clack.text({
      message: "Which folder holds the documents?",
      ...(usual === undefined
        ? { placeholder: "e.g. docs" }
        : { placeholder: `${usual} (this one)`, defaultValue: usual }),
      validate: (given = "") => (given === "" && usual !== undefined ? undefined : whyNot(given)),
    }),
  );
}

function whyNoFolder(given: string, world: Asked["world"]): string | undefined {
  if (given.trim() === "") return "Type the name of a folder";
  const problem = folderProblem(folderPath(given, world));
  return problem === undefined ? undefined : printable(problem.charAt(0).toUpperCase() + problem.slice(1));
}
