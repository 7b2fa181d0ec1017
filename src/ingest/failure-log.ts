import { appendFile, readFile, rename, unlink } from "node:fs/promises";
import { z } from "zod";
import { IngestError, messageOf } from "../flow/errors.ts";
import { withFileLock } from "../flow/file-lock.ts";

/** One line of the failure log: a chunk that could not be embedded or stored. */
export type FailureEntry = {
  readonly content_hash: string;
  readonly source_url: string;
  readonly error: string;
  readonly source: string;
  readonly title: string;
  readonly chunk_index: number;
  readonly attempts: number;
  /** ISO 8601. */
  readonly at: string;
};

const failureEntry = z.object({
  content_hash: z.string(),
  source_url: z.string(),
  error: z.string(),
  source: z.string(),
  title: z.string().default(""),
  chunk_index: z.number().int().default(0),
  attempts: z.number().int().default(1),
  at: z.string().default(""),
});

/** Names a chunk within the corpus. */
export type ChunkKey = Pick<FailureEntry, "source" | "source_url" | "content_hash">;

/**
 * The JSON Lines file of chunks that failed. Entries are appended as failures happen, so a killed run loses none;
 * `settle` rewrites the file by rename. Both take a lock, so that two runs in one directory lose nothing of each other's.
 */
export class FailureLog {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The newest entry of each chunk, in file order, and the numbers of the lines that are no entries (half-written, or not ours). */
  async read(): Promise<{ entries: FailureEntry[]; damagedLines: number[] }> {
    const { entries, damaged } = parse(await this.#text());
    return { entries: [...entries.values()], damagedLines: damaged.map(({ line }) => line) };
  }

  async append(entries: readonly FailureEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
    await this.#locked(async () => {
      // A run killed in the middle of a line leaves no line end; ours must not be glued to it.
      const text = await this.#text();
      await appendFile(this.path, text === "" || text.endsWith("\n") ? lines : `\n${lines}`);
    });
  }

  /**
   * Reads the file again and keeps the entries that `keep` wants; replaces the file by rename, removes it when nothing is left.
   * Lines that are no entries stay unless `dropDamaged`: what they named can only be known to be stored after a run of everything.
   */
  async settle(keep: (entry: FailureEntry) => boolean, { dropDamaged }: { dropDamaged: boolean }): Promise<void> {
    if (!(await Bun.file(this.path).exists())) return;
    await this.#locked(async () => {
      const text = await this.#text();
      const { entries, damaged } = parse(text);
      const lines = [
        ...(dropDamaged ? [] : damaged.map(({ text }) => text)),
        ...[...entries.values()].filter(keep).map((entry) => JSON.stringify(entry)),
      ];
      if (lines.length === 0) return unlink(this.path).catch(() => {});
      const temporary = `${this.path}.${process.pid}.tmp`;
      await Bun.write(temporary, lines.map((line) => `${line}\n`).join(""));
      await rename(temporary, this.path);
    });
  }

  async #locked<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await withFileLock(`${this.path}.lock`, work);
    } catch (error) {
      if (error instanceof IngestError) throw error;
      throw new IngestError(`the failure log ${this.path} cannot be written: ${messageOf(error)}`, {
        decision: "fatal",
        code: "failure_log",
        hint: "make the file writable, or name another one with BBJ_RAG_INGEST_FAILURE_LOG",
        cause: error,
      });
    }
  }

  async #text(): Promise<string> {
    try {
      return await readFile(this.path, "utf8");
    } catch (error) {
      if (isMissing(error)) return "";
      throw new IngestError(`the failure log ${this.path} cannot be read: ${messageOf(error)}`, {
        decision: "fatal",
        code: "failure_log",
        cause: error,
      });
    }
  }
}

type DamagedLine = { readonly line: number; readonly text: string };

function parse(text: string): { entries: Map<string, FailureEntry>; damaged: DamagedLine[] } {
  const entries = new Map<string, FailureEntry>();
  const damaged: DamagedLine[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const entry = failureEntry.safeParse(parseJson(line));
    // The newest entry of a chunk stands for it, at the place of the first.
    if (entry.success) entries.set(chunkKey(entry.data), entry.data);
    else damaged.push({ line: index + 1, text: line });
  }
  return { entries, damaged };
}

/** A string that is equal for equal chunks. */
export function chunkKey(chunk: ChunkKey): string {
  return `${chunk.source}\0${chunk.source_url}\0${chunk.content_hash}`;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
