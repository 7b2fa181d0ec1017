import { z } from "zod";
import { parseJson } from "../text/parse-json.ts";

const failureEntry = z.object({
  content_hash: z.string(),
  source_url: z.string(),
  error: z.string(),
  source: z.string(),
  title: z.string().default(""),
  chunk_index: z.number().int().default(0),
  attempts: z.number().int().default(1),
  /** ISO 8601. */
  at: z.string().default(""),
  /** The file or page that the document is of. Former versions did not say. */
  input: z.string().optional(),
  /** The store's id of the database that lacks the chunk, and what it was called. Former versions did not say. */
  database: z.string().optional(),
  database_name: z.string().optional(),
});
/** What another version wrote beside these stays with its entry. */
const looseEntry = failureEntry.loose();

/** One line of the failure log: a chunk that could not be embedded or stored. */
export type FailureEntry = Readonly<z.infer<typeof failureEntry>>;

/** A string that is equal for equal chunks of a corpus. */
export function chunkKey(chunk: FailureEntry): string {
  return `${chunk.source}\0${chunk.source_url}\0${chunk.content_hash}`;
}

/** One chunk may be missing in several databases. */
function entryKey(entry: FailureEntry, database = entry.database): string {
  return `${chunkKey(entry)}\0${database ?? ""}`;
}

type DamagedLine = {
  readonly line: number;
  readonly bytes: Buffer;
  /** Not half of an entry, as a killed run or a full disk leaves it, but somebody else's line. */
  readonly isForeign: boolean;
};

export type FailureLines = {
  /** The newest entry of each chunk of a database, at the place of the first. */
  readonly entries: ReadonlyMap<string, FailureEntry>;
  /** What is no entry. Its bytes, since they need not be text. */
  readonly damaged: readonly DamagedLine[];
  /** Not JSON Lines but one JSON array, as other tools write it: nothing can be appended to it. */
  readonly isArray: boolean;
};

/** What the failure log is called unless a setting says otherwise. */
export const FAILURE_LOG_NAME = ".ingestion-failures.json";

const LINE_FEED = 0x0a;
/** How an entry begins, white space aside. */
const BEGINNING = '{"content_hash":"';

/** Reads the bytes of a failure log. Undefined for UTF-16, to which nothing can be appended. */
export function parseFailureLines(bytes: Buffer): FailureLines | undefined {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return undefined;
  const array = parseArray(bytes);
  const lines = array?.map((value) => Buffer.from(JSON.stringify(value))) ?? linesOf(withoutMark(bytes));
  const entries = new Map<string, FailureEntry>();
  const damaged: DamagedLine[] = [];
  for (const [index, line] of lines.entries()) {
    const text = line.toString("utf8");
    if (text.trim() === "") continue;
    const value = parseJson(text);
    const entry = looseEntry.safeParse(value);
    if (!entry.success) {
      damaged.push({ line: index + 1, bytes: line, isForeign: value !== undefined || !beginsLikeEntry(text) });
      continue;
    }
    // An entry that does not say of which database it is gives way to one that does.
    if (entry.data.database !== undefined) entries.delete(entryKey(entry.data, ""));
    entries.set(entryKey(entry.data), entry.data);
  }
  return { entries, damaged, isArray: array !== undefined };
}

function beginsLikeEntry(text: string): boolean {
  const beginning = text.slice(0, 2 * BEGINNING.length).replace(/\s/g, "");
  return beginning.startsWith(BEGINNING) || BEGINNING.startsWith(beginning);
}

function parseArray(bytes: Buffer): readonly unknown[] | undefined {
  const text = withoutMark(bytes).toString("utf8");
  const value = text.trimStart().startsWith("[") ? parseJson(text) : undefined;
  return Array.isArray(value) ? value : undefined;
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0, end = 0; start < bytes.length; start = end + 1) {
    end = bytes.indexOf(LINE_FEED, start);
    if (end < 0) end = bytes.length;
    lines.push(bytes.subarray(start, end));
  }
  return lines;
}

/** Editors on Windows put a byte order mark in front. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
