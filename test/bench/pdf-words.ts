// What the PDF parser makes of real files, against poppler's `pdftotext`, word by word.
//   bun test/bench/pdf-words.ts DIRECTORY [PART OF A FILE'S NAME]
// For each file: the share of pdftotext's distinct words that are in our text, the share of its pairs of neighbouring
// words that are neighbours in ours too (columns and tables that are mixed up break them), the share of the text that
// comes in the same order, words we have more often than it has them, runs of words that we have twice and it has not,
// and the pages of both a second of processor time, so that other work on the machine counts for little. With a part of
// a name: all words that are missing or doubled, the runs that are twice, and where the order jumps.
import { join } from "node:path";
import { Glob } from "bun";
import type { PdfContent } from "../../src/parsers/pdf/pdf-content.ts";
import { readPdf } from "../../src/parsers/pdf/read-pdf.ts";

/** Of a file's pages: a line that is on more of them is a running head, and is meant to be missing. */
const REPEATED_SHARE = 0.4;
const REPEATED_PAGES_MIN = 3;
const NAMED_MAX = 8;
const THEIR_TIMEOUT_MS = 60_000;
/** Words in a row: what is there twice is no accident, and what tells a place in the text. */
const RUN_WORDS = 12;
const PLACE_WORDS = 4;
/** Of places in a row, what is called a jump. */
const JUMP_PLACES_MIN = 8;
const MICROSECONDS_PER_SECOND = 1_000_000;

const [directory, part = ""] = process.argv.slice(2);
if (directory === undefined) throw new Error("usage: bun test/bench/pdf-words.ts DIRECTORY [PART OF A FILE'S NAME]");

const totals = { pages: 0, ours: 0, theirs: 0 };
console.log(row("file", "pages", "words", "pairs", "order", "doubled", "twice", "ours/s", "theirs/s", "missing"));
for (const file of [...new Glob("**/*.pdf").scanSync(directory)].filter((name) => name.includes(part)).sort()) {
  const path = join(directory, file);
  const bytes = await Bun.file(path).bytes();
  let content: PdfContent;
  // Twice: the first file of a process pays for loading pdfjs.
  if (totals.pages === 0) await readPdf(bytes.slice(), undefined).catch(() => undefined);
  const since = process.cpuUsage();
  try {
    content = await readPdf(bytes.slice(), undefined);
  } catch (error) {
    console.log(`${file.padEnd(44)} ${error instanceof Error ? error.message : String(error)}`);
    continue;
  }
  const { user, system } = process.cpuUsage(since);
  const seconds = (user + system) / MICROSECONDS_PER_SECOND;
  const { stdout, resourceUsage } = Bun.spawnSync(["pdftotext", "-enc", "UTF-8", path, "-"], {
    timeout: THEIR_TIMEOUT_MS,
  });
  const theirSeconds = Math.max(Number(resourceUsage.cpuTime.total), 1) / MICROSECONDS_PER_SECOND;
  totals.pages += content.pages;
  totals.ours += seconds;
  totals.theirs += theirSeconds;
  compare(file, content, stdout.toString(), seconds, theirSeconds);
}
console.log(
  `${totals.pages} pages: ${totals.ours.toFixed(1)} s, pdftotext ${totals.theirs.toFixed(1)} s (${(totals.theirs / totals.ours).toFixed(2)} times its pages a second of processor time)`,
);

function compare(file: string, content: PdfContent, text: string, seconds: number, theirSeconds: number): void {
  const theirs = wordsOf(withoutRepeated(text.split("\f")));
  const ours = wordsOf(content.sections.map((section) => `${section.heading}\n${plain(section.text)}`).join("\n"));
  const known = counted(ours);
  const wanted = counted(theirs);
  // Headings above a section are in the context header of its chunks.
  const above = new Set(wordsOf(content.sections.flatMap((section) => section.above).join("\n")));
  const missing = [...wanted.keys()].filter((word) => !known.has(word) && !above.has(word));
  const pairs = counted(grams(theirs, 2));
  const ourPairs = counted(grams(ours, 2));
  const kept = [...pairs.keys()].filter((pair) => ourPairs.has(pair)).length;
  const whole = counted(wordsOf(text));
  const doubled = [...known].filter(([word, count]) => count > (whole.get(word) ?? 0) && whole.has(word));
  const surplus = doubled.reduce((sum, [word, count]) => sum + count - (whole.get(word) ?? 0), 0);
  const twice = runsTwice(ours, new Set(doubled.map(([word]) => word)));
  const order = orderOf(ours, theirs);
  console.log(
    row(
      file,
      String(content.pages),
      percent(wanted.size - missing.length, wanted.size),
      percent(kept, pairs.size),
      percent(order.kept, order.places),
      String(surplus),
      String(twice.length),
      (content.pages / seconds).toFixed(0),
      (content.pages / theirSeconds).toFixed(0),
      missing.slice(0, NAMED_MAX).join(" "),
    ),
  );
  if (part === "") return;
  console.log(`\nmissing: ${missing.join(" ")}\n\ndoubled: ${doubled.map(([word]) => word).join(" ")}\n`);
  console.log(`twice:\n${twice.join("\n")}\n\njumps:\n${order.jumps.join("\n")}\n`);
}

/** Runs of words that are in our text more than once, each of these words more often than in theirs. */
function runsTwice(ours: readonly string[], doubled: ReadonlySet<string>): string[] {
  const isTwice = (run: string) => run.split(" ").every((word) => doubled.has(word));
  return [...counted(grams(ours, RUN_WORDS))].filter(([run, count]) => count > 1 && isTwice(run)).map(([run]) => run);
}

/** How many places of the text are in the same order, by what is once in both; and where ours goes elsewhere. */
function orderOf(ours: readonly string[], theirs: readonly string[]) {
  const once = (words: readonly string[]) => {
    const counts = counted(grams(words, PLACE_WORDS));
    return new Map(
      [...grams(words, PLACE_WORDS).entries()].flatMap(([at, run]) =>
        counts.get(run) === 1 ? [[run, at] as const] : [],
      ),
    );
  };
  const known = once(theirs);
  const places = [...once(ours).keys()].flatMap((run) => {
    const at = known.get(run);
    return at === undefined ? [] : [{ run, at }];
  });
  const jumps: string[] = [];
  let since = 0;
  for (const [index, { run, at }] of places.entries()) {
    const before = places[index - 1];
    if (before === undefined || (at > before.at && at < before.at + JUMP_PLACES_MIN * PLACE_WORDS)) continue;
    if (index - since >= JUMP_PLACES_MIN || at < before.at) jumps.push(`${before.at} ${before.run} -> ${at} ${run}`);
    since = index;
  }
  return { kept: longestRise(places.map(({ at }) => at)), places: places.length, jumps };
}

/** The length of the longest increasing subsequence (patience sorting). */
function longestRise(numbers: readonly number[]): number {
  const tops: number[] = [];
  for (const number of numbers) {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    tops[low] = number;
  }
  return tops.length;
}

function grams(words: readonly string[], length: number): string[] {
  return words.slice(length - 1).map((_, index) => words.slice(index, index + length).join(" "));
}

/** The text of pages without the lines that most of them have. */
function withoutRepeated(pages: readonly string[]): string {
  const counts = new Map<string, number>();
  const key = (line: string) => line.replace(/\d+/g, "#").trim();
  for (const page of pages) {
    for (const line of new Set(page.split("\n").map(key))) counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const limit = Math.max(REPEATED_PAGES_MIN, (pages.length - 1) * REPEATED_SHARE);
  const isKept = (line: string) => (counts.get(key(line)) ?? 0) < limit;
  return pages.map((page) => page.split("\n").filter(isKept).join("\n")).join("\n");
}

function plain(markdown: string): string {
  return markdown.replace(/^(?:\||#+ |- |```+).*$/gm, (line) => line.replace(/^(?:#+ |- |```+)|\||---/g, " "));
}

/** In lower case; words with a hyphen joined, at the end of a line or not. */
function wordsOf(text: string): string[] {
  return (
    text
      .normalize("NFKC")
      .toLowerCase()
      .replace(/\u00ad/g, "")
      .replace(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, " ")
      .replace(/(?<=\p{L})[-\u2010](?:\s*\n\s*)?(?=\p{L})/gu, "")
      // Chinese and Japanese have no spaces: each character is a word.
      .replace(/[\u3040-\u30ff\u3400-\u9fff]/g, " $& ")
      .split(/[^\p{L}\p{N}\p{M}]+/u)
      .filter((word) => word !== "")
  );
}

function counted(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function percent(share: number, of: number): string {
  return of === 0 ? "-" : `${((share / of) * 100).toFixed(1)}%`;
}

function row(file: string, ...values: readonly string[]): string {
  const missing = values.at(-1) ?? "";
  return [file.padEnd(40), ...values.slice(0, -1).map((value) => value.padStart(8)), ` ${missing}`].join(" ");
}
