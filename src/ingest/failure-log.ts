import { existsSync } from "node:fs";
import { basename } from "node:path";
import { fatalError, IngestError } from "../flow/errors.ts";
import { requireLock, withFileLock } from "../flow/file-lock.ts";
import { linkTarget } from "../flow/link-target.ts";
import { openToAppend, readOwnFile, removeFile, replaceFile, requireReplaceable } from "../flow/replace-file.ts";
import { systemReason } from "../flow/system-reason.ts";
import { FAILURE_LOG_NAME, type FailureEntry, type FailureLines, parseFailureLines } from "./failure-lines.ts";

const BEGINNING_BYTES = 256;
const SETTING = "BBJ_RAG_INGEST_FAILURE_LOG";

/** What a run does to the failure log. */
export type FailureRecord = Pick<FailureLog, "append" | "settle">;

/** The record of a run that changes nothing. */
export const NO_FAILURE_RECORD: FailureRecord = { append: async () => {}, settle: async () => {} };

/**
 * The JSON Lines file of chunks that failed. Entries are appended as failures happen, so a killed run loses none;
 * `settle` rewrites the file by rename. Both take a lock, so that two runs in one directory lose nothing of each other's.
 */
export class FailureLog {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * The newest entry of each chunk, in file order, and the numbers of the lines that are none: half-written, or not ours.
   * Throws for a file without a single line of ours, unless it has the name that we give it: then it may be a log that was
   * damaged, and else somebody named a file that he did not mean.
   */
  async read(): Promise<{ entries: FailureEntry[]; damagedLines: number[]; foreignLines: number[] }> {
    const { entries, damaged } = await this.#read();
    const numbers = (isForeign: boolean) =>
      damaged.filter((line) => line.isForeign === isForeign).map(({ line }) => line);
    const foreignLines = numbers(true);
    if (entries.size === 0 && foreignLines.length > 0 && basename(this.path) !== FAILURE_LOG_NAME) {
      const message = `${this.path} is no failure log of bbj-ingest-all: nothing is written to it`;
      throw this.#fatal(message, `name another file with ${SETTING}, or move this one away`);
    }
    return { entries: [...entries.values()], damagedLines: numbers(false), foreignLines };
  }

  /** Throws when entries could not be appended, or the file not be replaced; writes nothing. */
  async requireWritable(): Promise<void> {
    await requireReplaceable(this.path).catch(this.#throwUnwritable);
    await requireLock(await this.#lockPath()).catch(this.#throwUnwritable);
  }

  /** Where its path leads. */
  target(): Promise<string> {
    return linkTarget(this.path).catch(this.#throwUnwritable);
  }

  async append(entries: readonly FailureEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#locked(async (target) => {
      if (await beginsLikeArray(target)) {
        const { isArray, damaged, entries: before } = await this.#read();
        if (isArray) return replaceFile(target, joined(damaged, [...before.values(), ...entries]));
      }
      await appendWhole(target, entries.map(lineOf).join(""));
    });
  }

  /**
   * Reads the file again and keeps the entries that `keep` wants; replaces the file by rename, removes it when nothing is left.
   * Half-written lines stay unless `dropDamaged`: what they named can only be known to be stored after a run of everything.
   * Lines that are not ours stay, and so does a file in which nothing was.
   */
  async settle(keep: (entry: FailureEntry) => boolean, { dropDamaged }: { dropDamaged: boolean }): Promise<void> {
    // A lock without a file: of a run that was killed. Taking it over removes it.
    if (!existsSync(this.path) && !existsSync(await this.#lockPath())) return;
    await this.#locked(async (target) => {
      const { entries, damaged } = await this.#read();
      if (entries.size === 0 && damaged.every(({ isForeign }) => isForeign)) return;
      const kept = [...entries.values()].filter(keep);
      const keptDamaged = damaged.filter(({ isForeign }) => isForeign || !dropDamaged);
      if (kept.length + keptDamaged.length > 0) return replaceFile(target, joined(keptDamaged, kept));
      await removeFile(target);
    });
  }

  /** Beside the file a link leads to: those who come by another link wait, too. */
  async #lockPath(): Promise<string> {
    return `${await this.target()}.lock`;
  }

  async #locked(work: (target: string) => Promise<void>): Promise<void> {
    const lock = await this.#lockPath();
    await withFileLock(lock, async () => work(await linkTarget(this.path))).catch(this.#throwUnwritable);
  }

  async #read(): Promise<FailureLines> {
    const bytes = await readOwnFile(this.path).catch((error: unknown) => {
      throw this.#unusable("read", error);
    });
    const lines = parseFailureLines(bytes ?? Buffer.of());
    if (lines === undefined) {
      throw this.#fatal(
        `the failure log ${this.path} is UTF-16 text`,
        `save it as UTF-8, move it away, or name another one with ${SETTING}`,
      );
    }
    return lines;
  }

  readonly #throwUnwritable = (error: unknown): never => {
    throw error instanceof IngestError ? error : this.#unusable("written", error);
  };

  #unusable(verb: "read" | "written", error: unknown): IngestError {
    const message = `the failure log ${this.path} cannot be ${verb}: ${systemReason(error)}`;
    return this.#fatal(message, `make it a file you can read and write, or name another one with ${SETTING}`, error);
  }

  #fatal(message: string, hint: string, cause?: unknown): IngestError {
    return fatalError("failure_log", message, hint, cause);
  }
}

/** Appends `lines`, or leaves the file as it was. */
async function appendWhole(path: string, lines: string): Promise<void> {
  const file = await openToAppend(path);
  try {
    const { size } = await file.stat();
    const last = size === 0 ? "\n" : (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString();
    try {
      // A run killed in the middle of a line leaves no line end; ours must not be glued to it.
      await file.appendFile(last === "\n" ? lines : `\n${lines}`);
    } catch (error) {
      await file.truncate(size).catch(() => {});
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** Whether it may be the one JSON array that other tools write. */
async function beginsLikeArray(path: string): Promise<boolean> {
  const beginning = await Bun.file(path)
    .slice(0, BEGINNING_BYTES)
    .text()
    .catch(() => "");
  return beginning.trimStart().startsWith("[");
}

function joined(damaged: FailureLines["damaged"], entries: readonly FailureEntry[]): Buffer {
  const lines = damaged.flatMap(({ bytes }) => [bytes, Buffer.from("\n")]);
  return Buffer.concat([...lines, ...entries.map((entry) => Buffer.from(lineOf(entry)))]);
}

function lineOf(entry: FailureEntry): string {
  return `${JSON.stringify(entry)}\n`;
}
