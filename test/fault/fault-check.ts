import { expect } from "bun:test";
import { IngestError, messageOf } from "../../src/flow/errors.ts";
import { ollamaFaults } from "../support/ollama-stand-in.ts";
import type { Call } from "../support/outside.ts";
import { EmbeddingFault, type Scene, type SceneRun } from "../support/scene.ts";
import type { Fault as Answer } from "../support/stand-in-server.ts";

/** `killed`: no call reaches the outside any more, as after `kill -9`. */
export type Mode = "once" | "from then on" | "killed";

/** What was there before the run with the fault. */
export type Prior = {
  readonly chunks: readonly string[];
  readonly documents: readonly string[];
  readonly files: Readonly<Record<string, string>>;
};

/** A fault that strikes at the nth call. */
export type StruckFault = {
  at(call: Call, number: number): void;
  /** The call it struck first. */
  struck: Call | undefined;
};

const REFUSAL = "invalid input";
const ANSWERS: readonly (() => Answer)[] = [
  () => ollamaFaults.busy(),
  () => "reset",
  () => Response.json({ error: REFUSAL }, { status: 400 }),
  () => ollamaFaults.deadRunner(),
  () => ollamaFaults.loadFailed(),
];
const DATABASE: readonly (() => IngestError)[] = [
  () => new IngestError("connection lost", { decision: "retry", code: "database_lost" }),
  () => new IngestError("could not serialize access", { decision: "retry", code: "database_conflict" }),
  () => new IngestError("connection lost", { decision: "retry", code: "database_lost" }),
  () => new IngestError("could not extend file: No space left", { decision: "fatal", code: "database_full" }),
];

export function faultAt(n: number, mode: Mode, seed: number): StruckFault {
  const fault: StruckFault = {
    struck: undefined,
    at(call, number) {
      if (number < n || (mode === "once" && number > n)) return;
      fault.struck ??= call;
      throw failureOf(call, mode, n + seed);
    },
  };
  return fault;
}

function failureOf({ kind, what }: Call, mode: Mode, number: number): Error {
  if (mode === "killed") return new Error("killed");
  if (kind === "embed") return new EmbeddingFault((ANSWERS[number % ANSWERS.length] ?? (() => "reset"))());
  if (["open", "sql", "copy", "commit"].includes(kind)) {
    const failure = DATABASE[number % DATABASE.length];
    if (failure !== undefined) return failure();
  }
  return Object.assign(new Error(`EIO: i/o error, ${kind} '${what}'`), { code: "EIO", syscall: kind, path: what });
}

type Checked = {
  readonly scene: Scene;
  readonly scenario: string;
  readonly n: number;
  readonly mode: Mode;
  readonly run: SceneRun;
  readonly fault: StruckFault;
  readonly prior: Prior;
  /** What a fresh run over the same corpus stores. */
  readonly fresh: readonly string[];
  /** Files of its own that the run leaves behind without a fault. */
  readonly left: readonly string[];
};

const EVENT_CHARACTERS_MAX = 300;
const STATEMENT_CHARACTERS_MAX = 80;

/** What must hold after a fault, whatever it was; then a clean run, which must give the rows of a fresh one. Returns what does not hold. */
export async function checkAfterFault(checked: Checked): Promise<string | undefined> {
  const { scene, scenario, n, mode, run, fault, fresh } = checked;
  const { struck } = fault;
  const where = `${scenario}, call ${n} (${struck?.kind} ${struck?.what.slice(0, STATEMENT_CHARACTERS_MAX)}) failing ${mode}: exit ${run.exitCode}`;
  try {
    if (mode !== "killed") expect(run.events.filter(({ code }) => code === "bug")).toEqual([]);
    if (struck === undefined) expect(run.exitCode).toBe(0);
    // A text that is refused alone has failed, and is in the log.
    const isRefused = run.events.some(({ type, error }) => type === "failure" && String(error).includes(REFUSAL));
    if (mode === "once" && struck?.kind === "embed" && !struck.what.includes("probe")) {
      expect(run.exitCode).toBe(isRefused ? 1 : 0);
    }
    if (mode === "once" && struck?.kind === "read" && struck.what.startsWith("corpus/")) expect(run.exitCode).toBe(1);
    expect([0, 1, 2]).toContain(run.exitCode);
    if (run.exitCode === 0) {
      await checkWhole(checked);
      // All is as a fresh run leaves it: another run would find nothing to do.
      if (mode !== "killed") return undefined;
    }
    if (run.exitCode === 2 && mode !== "killed") await checkUnchanged(checked);
    await checkDocuments(checked);

    const clean = await scene.run();
    expect(clean.events.filter(({ type }) => type === "error")).toEqual([]);
    expect(clean.exitCode).toBe(0);
    expect(await scene.rows()).toEqual([...fresh]);
    expect(scene.ownFiles().filter((name) => !mayBeLeft(name, checked))).toEqual([]);
    return undefined;
  } catch (error) {
    const events = run.events.filter(({ type }) => type !== "source_start" && type !== "start");
    return [
      where,
      Bun.stripANSI(messageOf(error)),
      ...events.map((event) => JSON.stringify(event).slice(0, EVENT_CHARACTERS_MAX)),
    ].join("\n");
  }
}

async function checkWhole(checked: Checked): Promise<void> {
  const { scene, fresh, run, mode, left } = checked;
  expect(await scene.rows()).toEqual([...fresh]);
  if (mode === "killed") return;
  const warnings = run.events
    .filter(({ type }) => type === "warning")
    .map(({ path, reason }) => `${String(path)} ${String(reason)}`);
  const isNamed = (name: string) => warnings.some((warning) => warning.includes(name));
  const unexplained = scene.ownFiles().filter((name) => !left.includes(name) && !isNamed(name));
  expect(unexplained.filter((name) => !mayBeLeft(name, checked))).toEqual([]);
}

/** Which warnings it had, the next run is to know. A lock that could not be given back is taken over when it is needed. */
function mayBeLeft(name: string, { mode, fault }: Checked): boolean {
  if (name === ".ingestion-warnings.json") return true;
  return name.endsWith(".lock") && (mode !== "once" || fault.struck?.kind === "remove");
}

/** It could not start: nothing was changed. */
async function checkUnchanged({ scene, prior, run }: Checked): Promise<void> {
  expect(await scene.chunks()).toEqual([...prior.chunks]);
  expect(await scene.documents()).toEqual([...prior.documents]);
  expect(await scene.ownTexts()).toEqual(prior.files);
  expect(run.events.filter(({ type }) => type === "error")).toHaveLength(1);
}

type Row = { readonly source_name: string; readonly source_url: string; readonly content_hash: string };

/** Each document is as it was or as it shall be, or says of itself that it is not whole; what is missing was named. */
async function checkDocuments({ scene, prior, fresh, run, mode }: Checked): Promise<void> {
  const lines = byDocument(await scene.chunks());
  const before = byDocument(prior.chunks);
  const after = byDocument(fresh.filter((line) => line.includes('"content_hash"')));
  const incomplete = new Set(
    (await scene.documents())
      .map(parse)
      .filter(({ complete }) => complete === false)
      .map(keyOf),
  );
  const logged = await scene.failureLog();
  for (const key of new Set([...lines.keys(), ...before.keys(), ...after.keys()])) {
    const [now, old, next] = [lines.get(key) ?? [], before.get(key) ?? [], after.get(key) ?? []];
    if (same(now, next)) continue;
    if (!same(now, old)) {
      expect([key, incomplete.has(key)]).toEqual([key, true]);
      for (const line of now) expect([...old, ...next]).toContain(line);
      const hashes = new Set(now.map((line) => parse(line).content_hash));
      for (const line of old) expect(hashes).toContain(parse(line).content_hash);
    }
    if (mode === "killed" || run.exitCode === 2) continue;
    // Not as it shall be, and the run knew: its chunks are in the log, or its source says why.
    const missing = next.map(parse).filter(({ content_hash }) => !now.some((line) => line.includes(content_hash)));
    const isLogged = missing.length > 0 && missing.every((row) => logged.some((entry) => sameChunk(entry, row)));
    if (!isLogged) expect([key, reasonOf(run, key)]).not.toEqual([key, ""]);
    expect(run.exitCode).not.toBe(0);
  }
}

/** Why the source of a document was not done, or nothing of the run counts; "" when it was. */
function reasonOf(run: SceneRun, key: string): string {
  const whole = run.events.find(({ type, source }) => type === "error" || (type === "warning" && source === ""));
  if (whole !== undefined) return String(whole.message ?? whole.reason);
  const source = key.split("\0")[0];
  const ends = run.events.filter((event) => event.type === "source_end" && event.source === source);
  const [{ status, reason } = {}] = ends;
  return status === "OK" || status === "UNCHANGED" ? "" : String(reason);
}

function byDocument(lines: readonly string[]): Map<string, string[]> {
  const documents = new Map<string, string[]>();
  for (const line of lines) documents.set(keyOf(parse(line)), [...(documents.get(keyOf(parse(line))) ?? []), line]);
  return documents;
}

function parse(line: string): Row & { readonly complete?: boolean } {
  return JSON.parse(line);
}

function keyOf({ source_name, source_url }: Row): string {
  return `${source_name}\0${source_url}`;
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}

function sameChunk(entry: { source: string; source_url: string; content_hash: string }, row: Row): boolean {
  return (
    entry.source === row.source_name && entry.source_url === row.source_url && entry.content_hash === row.content_hash
  );
}
