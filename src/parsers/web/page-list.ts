import { IngestError } from "../../flow/errors.ts";

/** What a file of a site that lists pages leads to; addresses as they stand there, or whole ones. */
export type PageList = {
  /** Where each page is, or may be: the first of its places that is there is it. */
  readonly pages: readonly (string | readonly string[])[];
  /** Further lists. */
  readonly lists: readonly ListPlace[];
};

/** A place where a site may have such a file, and who reads it. */
export type ListPlace = {
  /** Of a list that another one names: as it stands there, or whole. */
  readonly url: string;
  /** What it means that it is not there: pages are missing, pages may be missing, or nothing. */
  readonly isMissed: "fails" | "named" | "fine";
  /** Asked for where it is not there. */
  readonly instead?: ListPlace | undefined;
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
