import { readDatabaseChoice } from "../commands/corpus.ts";
import { requireCorpusOf } from "../commands/require-corpus.ts";
import type { World } from "../commands/world.ts";
import { callOf } from "../config/call.ts";
import type { Flags } from "../config/flags.ts";
import { IngestError } from "../flow/errors.ts";
import { errorEvent } from "../ingest/events.ts";
import { printable } from "../text/printable.ts";
import { type Compiler, findCompiler } from "./compiler.ts";
import { Knowledge } from "./knowledge.ts";
import { Readers } from "./readers.ts";

/** What lasts is said once in so long. */
const SAID_AGAIN_MS = 60_000;

/** What answers, over whatever it is asked. */
export type Answering = {
  readonly knowledge: Knowledge;
  readonly compiler: Compiler | undefined;
  /** Says on stderr what keeps a question from being answered, unless it is a mistake of whoever asked. */
  readonly complain: (error: unknown) => void;
};

/** Makes what answers, and ends it when `work` is done. Throws a usage error where flags, settings or files are wrong. */
export async function withAnswers(
  flags: Flags,
  world: World,
  work: (answering: Answering, requireCorpus: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const { settings, database } = readDatabaseChoice(flags, world);
  const { clock } = world;
  const compiler = findCompiler(settings.bbjcpl, world);
  await using readers = new Readers({ database, clock });
  const knowledge = new Knowledge(readers, { embedder: settings.embedder, clock });
  const answering = { knowledge, compiler, complain: complainer(flags, world) };
  await work(answering, () => readers.use((store) => requireCorpusOf(store, flags, world)));
}

/** Resolves with the first signal. Call what it is given back with when all is over. */
export function interruption({ onInterrupt }: World): { readonly asked: Promise<void>; readonly over: () => void } {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  return { asked, over: onInterrupt(resolve) };
}

/** Whether whoever asked can mend it. */
export function isMistake(error: unknown): boolean {
  return error instanceof IngestError && ["usage", "too_long", "refused"].includes(error.code);
}

function complainer(flags: Flags, { program, stderr, clock }: World): Answering["complain"] {
  const saidAt = { message: "", at: -Infinity };
  return (error) => {
    if (isMistake(error) || isAbort(error)) return;
    const { message, hint } = errorEvent(error, callOf(program, flags));
    if (message === saidAt.message && clock.now() - saidAt.at < SAID_AGAIN_MS) return;
    Object.assign(saidAt, { message, at: clock.now() });
    stderr.write(`warning: ${printable(message)}\n`);
    for (const line of hint.split("\n")) if (line !== "") stderr.write(`  ${printable(line)}\n`);
  };
}

/** Whoever asked has gone. */
function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
