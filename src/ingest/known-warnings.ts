import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { withFileLock } from "../flow/file-lock.ts";
import { readOwnFile, removeFile, replaceFile } from "../flow/replace-file.ts";
import { type Part, partText } from "../parsers/part.ts";
import { parseJson } from "../text/parse-json.ts";
import type { RunEvent } from "./events.ts";

/** A corpus with more has other troubles: what is beyond is told in each run. */
const WARNINGS_MAX = 20_000;
/** With so many known, one new warning in 10^10 is taken for one of them. */
const KEY_LENGTH = 12;
/** How the file begins, white space aside. */
const BEGINNING = '{"told_warnings":';
/** A number or a time that stands alone: no part of a word, nor of a file's name. */
const NUMBER = /(?<![^\s(])\d[\d.,:TZ+-]*(?=[\s);,%]|$)/g;

const fileShape = z.object({
  told_warnings: z.array(
    z.object({
      sources_file: z.string(),
      /** "": the run. */
      source: z.string(),
      /** Of a source that several runs share, as `--shard` says; "": all of it. */
      part: z.string(),
      /** How often each was told, by its key. */
      told: z.record(z.string(), z.int().positive()),
    }),
  ),
});
type Told = z.infer<typeof fileShape>["told_warnings"][number];

/** How often each warning was told, by its key, of each source; "": of the run. */
export type ToldWarnings = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What a run has told, to be known in the next one. */
export type ToldNow = {
  readonly told: ToldWarnings;
  /** Sources of which all was told that there is to tell: what is not among it has gone. */
  readonly whole: ReadonlySet<string>;
  /** Which part of each it was. */
  readonly parts: ReadonlyMap<string, Part>;
  /** All that the sources file lists. */
  readonly listed: readonly string[];
};

/**
 * A text that is the same for the same warning: of the same place, in the same words. Numbers and times that stand alone
 * count by their digits: they differ from run to run, and ten times as many is news.
 */
export function warningKey({ kind, path, reason }: Extract<RunEvent, { type: "warning" }>): string {
  const words = reason.replace(NUMBER, (number) => number.replace(/\d/g, "0"));
  const digest = new Bun.CryptoHasher("sha256").update(JSON.stringify([kind ?? "", path, words])).digest("hex");
  return digest.slice(0, KEY_LENGTH);
}

/** `.ingestion-warnings.json`: what was told, so that the next run need not repeat it. A help: nothing fails for want of it. */
export class KnownWarnings {
  readonly #path: string;
  readonly #sourcesFile: string;

  constructor(directory: string, sourcesFile: string) {
    this.#path = join(directory, ".ingestion-warnings.json");
    this.#sourcesFile = sourcesFile;
  }

  /** Those of all parts of a source are known in each: the next run may split it otherwise. */
  async load(): Promise<ToldWarnings> {
    const known = new Map<string, ReadonlyMap<string, number>>();
    const all = (await this.#read().catch(() => undefined)) ?? [];
    for (const { sources_file, source, told } of all) {
      if (sources_file === this.#sourcesFile) known.set(source, oftenest(known.get(source), Object.entries(told)));
    }
    return known;
  }

  /** Puts on record what was told. What other runs put there meanwhile stays. */
  async save(now: ToldNow): Promise<void> {
    try {
      const before = await this.#read();
      if (before === undefined || isSame(before, this.#merged(before, now))) return;
      await mkdir(dirname(this.#path), { recursive: true });
      await withFileLock(`${this.#path}.lock`, async () => {
        await this.#write(bounded(this.#merged((await this.#read()) ?? [], now)));
      });
    } catch {
      // The directory may be read-only, or full: the next run tells them again.
    }
  }

  #merged(before: readonly Told[], { told, whole, parts, listed }: ToldNow): Told[] {
    const isOurs = ({ sources_file }: Told) => sources_file === this.#sourcesFile;
    const merge = (records: readonly Told[], source: string): Told[] => {
      const split = parts.get(source);
      const part = split === undefined ? "" : partText(split);
      const isIts = (record: Told) => isOurs(record) && record.source === source;
      const old = whole.has(source) ? undefined : records.find((record) => isIts(record) && record.part === part)?.told;
      const all = oftenest(told.get(source), Object.entries(old ?? {}));
      const its = { sources_file: this.#sourcesFile, source, part, told: Object.fromEntries([...all].sort(byKey)) };
      const merged = [...records.filter((record) => !isIts(record) || record.part !== part), its];
      // What is known of other splits holds until all of this one has been told of.
      const ofSplit = merged.filter((record) => isIts(record) && splitOf(record.part) === splitOf(part));
      if (!whole.has(source) || ofSplit.length < (split?.count ?? 1)) return merged;
      return merged.filter((record) => !isIts(record) || ofSplit.includes(record));
    };
    const stays = (record: Told) => !isOurs(record) || record.source === "" || listed.includes(record.source);
    return [...new Set([...told.keys(), ...whole])].reduce(merge, before.filter(stays));
  }

  /** Undefined of a file that is not ours. */
  async #read(): Promise<Told[] | undefined> {
    const text = (await readOwnFile(this.#path))?.toString("utf8") ?? "";
    const beginning = text
      .slice(0, 2 * BEGINNING.length)
      .replace(/\s/g, "")
      .slice(0, BEGINNING.length);
    if (!BEGINNING.startsWith(beginning)) return undefined;
    const parsed = fileShape.safeParse(parseJson(text));
    return parsed.success ? parsed.data.told_warnings : [];
  }

  async #write(records: readonly Told[]): Promise<void> {
    if (records.every(({ told }) => isEmpty(told))) return removeFile(this.#path);
    await replaceFile(
      this.#path,
      `${BEGINNING} [\n${records.map((record) => JSON.stringify(record)).join(",\n")}\n]}\n`,
    );
  }
}

/** Each as often as where it is more often. */
function oftenest(
  one: ReadonlyMap<string, number> = new Map(),
  other: Iterable<readonly [string, number]>,
): ReadonlyMap<string, number> {
  const both = new Map(one);
  for (const [key, times] of other) both.set(key, Math.max(times, both.get(key) ?? 0));
  return both;
}

function byKey([one]: readonly [string, number], [other]: readonly [string, number]): number {
  return one < other ? -1 : 1;
}

/** `4` of `2/4`, "" of a source that is whole. */
function splitOf(part: string): string {
  return part.slice(part.indexOf("/") + 1);
}

/** The oldest go. */
function bounded(records: readonly Told[]): Told[] {
  let left = WARNINGS_MAX;
  const kept = records.toReversed().map((record) => {
    const told = Object.entries(record.told).slice(0, left);
    left -= told.length;
    return { ...record, told: Object.fromEntries(told) };
  });
  return kept.reverse();
}

function isSame(one: readonly Told[], other: readonly Told[]): boolean {
  const lines = (records: readonly Told[]) =>
    records
      .filter(({ part, told }) => part !== "" || !isEmpty(told))
      .map((record) => JSON.stringify(record))
      .toSorted();
  return Bun.deepEquals(lines(one), lines(other));
}

function isEmpty(told: Told["told"]): boolean {
  return Object.keys(told).length === 0;
}
