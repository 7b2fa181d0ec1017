import { describe, expect, test } from "bun:test";
import { Candidate, type EvalCase, matcher } from "../../src/eval/eval-case.ts";
import { generateCases } from "../../src/eval/generate.ts";
import type { ScannedChunk } from "../../src/store/store.ts";

type Section = { readonly heading?: string; readonly text: string };

/** The chunks of a page, as an ingest makes them: context header, blank line, text. */
function page(title: string, sections: readonly Section[]): ScannedChunk[] {
  return sections.map(({ heading, text }, chunkIndex) => {
    const contextHeader = ["Manual", title, ...(heading === undefined ? [] : [heading])].join(" > ");
    return {
      ...{
        sourceName: "docs",
        sourceUrl: `docs://${title.toLowerCase()}.md`,
        displayUrl: "",
        title,
        docType: "concept",
      },
      ...{ generations: ["dwc"], contextHeader, chunkIndex, content: `${contextHeader}\n\n${text}` },
      contentHash: text,
    };
  });
}

const PAGES = [
  page("Grid", [
    { text: "Shows records in **columns** and lets people pick several of them. It is fast.\n\nMore text." },
    { heading: "Sorting by clicking a header", text: "A second click turns the order around." },
    { text: "### `setColumns(number)`\n\nSays how many of them are visible at once. Another sentence." },
    { text: "Unlike a list it can be edited in place." },
  ]),
  page("Printer", [
    { text: "Sends a report to paper through the driver of the operating system." },
    { heading: "Choosing a tray for envelopes", text: "Trays have numbers that differ between drivers." },
    { text: "### `setCopies(number)`\n\nPrints that often what the job holds at its end. Another sentence." },
  ]),
  page("Scanner", [
    { text: "How pictures of paper get into a program, page by page\n\nSome words on it." },
    { text: "Drivers are old, and a lamp is slow." },
  ]),
  page("Alone", [{ text: "A page of one chunk has nothing else that could answer what it says." }]),
  page("Twin one", [{ text: "The very same sentence opens both of these pages." }, { text: "One." }]),
  page("Twin two", [{ text: "The very same sentence opens both of these pages." }, { text: "Two." }]),
  page("Echo", [
    { text: "Reads the bytes of a channel until it is closed." },
    { text: "Until the channel is closed it reads its bytes." },
  ]),
];

async function generated(
  number: number,
  seed = 1,
  pages: readonly (readonly ScannedChunk[])[] = PAGES,
): Promise<EvalCase[]> {
  return generateCases(
    async function* () {
      yield* pages.map((chunks) => [...chunks]);
    },
    { number, seed },
  );
}

describe("questions made from a corpus", () => {
  test("are the headings, the first sentences of pages and the first sentences of members", async () => {
    const cases = await generated(100);
    expect(cases.map(({ query, tags }) => `${tags.join()}: ${query}`).sort()).toEqual([
      "heading: Choosing a tray for envelopes",
      "heading: Sorting by clicking a header",
      "member: Prints that often what the job holds at its end.",
      "member: Says how many of them are visible at once.",
      "page: How pictures of paper get into a program, page by page",
      "page: Sends a report to paper through the driver of the operating system.",
      "page: Shows records in columns and lets people pick several of them.",
    ]);
  });

  test("are answered by what is left of the page: no right chunk has their text, or all of their words", async () => {
    const chunks = PAGES.flat();
    for (const { query, expect: expected, ignore } of await generated(100)) {
      const [isExpected, isIgnored] = [matcher(expected), matcher(ignore)];
      const right = chunks.filter((chunk) => isExpected(new Candidate(chunk)) && !isIgnored(new Candidate(chunk)));
      expect(right.length).toBeGreaterThan(0);
      const words = query.toLowerCase().match(/\p{L}{4,}/gu) ?? [];
      for (const { content } of right) {
        expect(words.every((word) => content.toLowerCase().includes(word))).toBe(false);
      }
      const own = chunks.filter(({ content }) => content.replaceAll("*", "").includes(query));
      expect(own.every((chunk) => isIgnored(new Candidate(chunk)))).toBe(true);
    }
  });

  test("are the same for the same seed, whatever the order of the chunks, and others for another", async () => {
    const ids = async (...args: Parameters<typeof generated>) => (await generated(...args)).map(({ id }) => id);
    expect(await ids(3, 7)).toEqual(
      await ids(
        3,
        7,
        PAGES.toReversed().map((chunks) => chunks.toReversed()),
      ),
    );
    const seeds = await Promise.all([1, 2, 3, 4, 5].map((seed) => ids(2, seed)));
    expect(new Set(seeds.map(String)).size).toBeGreaterThan(1);
  });

  test("are of all kinds in turns, each once", async () => {
    const cases = await generated(3);
    expect(cases.flatMap(({ tags }) => tags).sort()).toEqual(["heading", "member", "page"]);
    const all = await generated(100);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  test("are not made of code, lists, tables or a word or two", async () => {
    const shy = [
      page("Code", [{ text: "```\nprint what is printed by this program here\n```" }, { text: "Else." }]),
      page("List", [{ text: "- an item of a list that is as long as a sentence" }, { text: "Else." }]),
      page("Table", [{ text: "| a cell of a table that | is as long as a sentence |" }, { text: "Else." }]),
      page("Short", [{ text: "Two words." }, { heading: "Parameters", text: "Else." }]),
    ];
    expect(await generated(100, 1, shy)).toEqual([]);
  });
});
