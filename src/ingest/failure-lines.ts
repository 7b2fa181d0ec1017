import { z } from "zod";

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

// Loose: what another version wrote beside these stays with its entry.
const failureEntry = z.looseObject({
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

/** A string that is equal for equal chunks. */
export function chunkKey(chunk: ChunkKey): string {
  return `${chunk.source}\0${chunk.source_url}\0${chunk.content_hash}`;
}

export type FailureLines = {
  /** The newest entry of each chunk, at the place of the first. */
  readonly entries: ReadonlyMap<string, FailureEntry>;
  /** What is no entry: half-written, or not ours. Its bytes, since they need not be text. */
  readonly damaged: readonly { readonly line: number; readonly bytes: Buffer }[];
  /** Not JSON Lines but one JSON array, as other tools write it: nothing can be appended to it. */
  readonly isArray: boolean;
};

const LINE_FEED = 0x0a;

/** Reads the bytes of a failure log. Undefined for UTF-16, to which nothing can be appended. */
export function parseFailureLines(bytes: Buffer): FailureLines | undefined {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return undefined;
  const array = parseArray(bytes);
  const lines = array?.map((value) => Buffer.from(JSON.stringify(value))) ?? linesOf(withoutMark(bytes));
  const entries = new Map<string, FailureEntry>();
  const damaged: { line: number; bytes: Buffer }[] = [];
  for (const [index, line] of lines.entries()) {
    const text = line.toString("utf8");
    if (text.trim() === "") continue;
    const entry = failureEntry.safeParse(parseJson(text));
    if (entry.success) entries.set(chunkKey(entry.data), entry.data);
    else damaged.push({ line: index + 1, bytes: line });
  }
  return { entries, damaged, isArray: array !== undefined };
}

function parseArray(bytes: Buffer): readonly unknown[] | undefined {
  const text = withoutMark(bytes).toString("utf8");
  const value = text.trimStart().startsWith("[") ? parseJson(text) : undefined;
  return Array.isArray(value) ? value : undefined;
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(LINE_FEED, start);
    lines.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    start = end < 0 ? bytes.length : end + 1;
  }
  return lines;
}

/** Editors on Windows put a byte order mark in front. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
