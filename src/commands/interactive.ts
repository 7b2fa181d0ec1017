import { callOf } from "../config/call.ts";
import type { Flags } from "../config/flags.ts";
import { chooseDatabase } from "../config/database-choice.ts";
import { loadSettings, type Settings } from "../config/settings.ts";
import { loadSources } from "../config/sources.ts";
import { PROGRAM } from "../text/program.ts";
import { messageOf } from "../flow/errors.ts";
import { FailureLog } from "../ingest/failure-log.ts";
import { loadParser } from "../parsers/registry.ts";
import { plural } from "../text/words.ts";
import { printable } from "../text/printable.ts";
import { loadPrompts } from "./prompts.ts";
import type { World } from "./world.ts";

type Choice = { readonly value: string; readonly label: string; readonly hint: string; readonly enabled: boolean };

type Mode = "changed" | "retry" | "again";

/** Asks for what flags would have said, and returns those flags; undefined when the user cancels: then nothing was changed. */
export async function askForRun(flags: Flags, world: World): Promise<Flags | undefined> {
  const clack = await loadPrompts();
  const cancelled = () => {
    clack.cancel("Cancelled; nothing was changed.");
    return undefined;
  };
  clack.intro(PROGRAM);
  const { settings, origins } = loadSettings({ flags, env: world.env, cwd: world.cwd });
  const choices = await listChoices(flags, settings, world, (reason) => clack.log.warn(printable(reason)));
  const { entries: failed } = await new FailureLog(settings.failureLogPath).read();

  const chosen = await clack.multiselect({
    message: "Which sources?",
    options: [...choices],
    initialValues: choices.filter(({ enabled }) => enabled).map(({ value }) => value),
    required: true,
  });
  if (clack.isCancel(chosen)) return cancelled();

  const logged = `${plural(failed.length, "chunk")} in the failure log`;
  const mode = await clack.select<Mode>({
    message: "What is to be done?",
    options: [
      { value: "changed", label: "Only what changed", hint: "embeds new texts, removes what is gone" },
      ...(failed.length > 0 ? [{ value: "retry" as const, label: "Retry what failed", hint: logged }] : []),
      ...(flags.dryRun ? [] : [{ value: "again" as const, label: "Everything again", hint: "embeds every text anew" }]),
    ],
  });
  if (clack.isCancel(mode)) return cancelled();

  const most = settings.ingest_max_workers;
  const workers = flags.sequential
    ? "1"
    : await clack.text({
        message: `How many workers? (1 to ${most})`,
        initialValue: String(Math.min(settings.ingest_workers, most)),
        validate: (value = "") => (isWorkerCount(value, most) ? undefined : `A number from 1 to ${most}`),
      });
  if (clack.isCancel(workers)) return cancelled();

  const all = flags.source === undefined && choices.every(({ value, enabled }) => enabled === chosen.includes(value));
  const { interactive: _, source: __, ...others } = flags;
  const { maxDelete, ...rest } = others;
  const answered: Flags = {
    // What is retried is not swept.
    ...(mode === "retry" || maxDelete === undefined ? rest : others),
    ...(all ? {} : { source: chosen }),
    ...(mode === "retry" ? { retryFailed: true } : {}),
    ...(mode === "again" ? { clean: true } : {}),
    ...(flags.sequential ? {} : { workers: Number(workers) }),
  };
  const { label } = chooseDatabase(settings, origins, world);
  clack.note(
    [
      `sources   ${chosen.map(printable).join(", ")}`,
      `mode      ${{ changed: "only what changed", retry: "retry what failed", again: "everything again" }[mode]}`,
      `workers   ${workers}`,
      `embedder  ${settings.embedding_provider} ${printable(settings.embedding_model)}, ${settings.embedding_dimensions} dimensions`,
      `database  ${printable(label)}`,
    ].join("\n"),
    "This will run",
  );
  const go = await clack.confirm({ message: "Go?" });
  if (clack.isCancel(go) || !go) return cancelled();
  clack.outro(callOf(world.program, answered).again([]));
  return answered;
}

async function listChoices(
  flags: Flags,
  settings: Settings,
  { env, cwd }: World,
  warn: (reason: string) => void,
): Promise<Choice[]> {
  const { all, entries: running } = loadSources({ flags, env, cwd });
  const signal = new AbortController().signal;
  const choices: Choice[] = [];
  for (const { name } of all) {
    try {
      const [entry] = loadSources({ flags: { ...flags, source: [name] }, env, cwd }).entries;
      if (entry === undefined) continue;
      const size = await (await loadParser(entry, settings.parserValues)).count?.(entry, { signal });
      const hint = size === undefined ? entry.parser : `${entry.parser}, ${plural(size.files, "file")}`;
      const enabled = running.some((source) => source.name === name);
      choices.push({ value: name, label: printable(name), hint, enabled });
    } catch (error) {
      warn(`${name} cannot run: ${messageOf(error)}`);
    }
  }
  return choices;
}

function isWorkerCount(value: string, most: number): boolean {
  return /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= most;
}
