import { IngestError } from "../../flow/errors.ts";

/** What a file of a site that lists pages leads to; addresses as they stand there, or whole ones. */
export type PageList = {
  readonly pages: readonly string[];
  /** Further lists. */
  readonly lists: readonly string[];
};

/** A place where a site may have such a file, and who reads it and those it leads to. */
export type ListPlace = {
  readonly url: string;
  /** Most pages are found without the lists that it names: one that is not there is named, and fails nothing. */
  readonly mayMiss?: boolean;
  /** Throws an `IngestError` (`skip`) when it is no such file. */
  read(bytes: Uint8Array): PageList;
};

/** What the sitemap protocol allows a file to weigh, unpacked, and to name. */
export const LIST_BYTES_MAX = 50 * 1_048_576;
const ENTRIES_MAX = 50_000;

/** The entries of a list, unless there are more than any list may have. */
export function listEntries(found: Iterable<string>): string[] {
  const entries: string[] = [];
  for (const entry of found) {
    if (entries.length === ENTRIES_MAX) throw badList(`names more than ${ENTRIES_MAX} pages`);
    entries.push(entry);
  }
  return entries;
}

export function badList(message: string, cause?: unknown): IngestError {
  return new IngestError(message, { decision: "skip", code: "unreadable", cause });
}
