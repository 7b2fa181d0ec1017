import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readWhole } from "../../../src/parsers/mdx/page-tokens.ts";
import { readPage } from "../../../src/parsers/mdx/read-page.ts";
import { SEED } from "../../support/seed.ts";
import { BEFORE, LINES } from "./hard-lines.ts";
import { calmBlocks, hardPage } from "./hard-pages.ts";

// Most of a page is not given to micromark (src/parsers/mdx/known-parts.ts). What is read of it must be what micromark, which
// is the judge, makes of the whole page. More pages, and others:
//   BBJ_TEST_PAGES=50000 BBJ_TEST_SEED=7 bun test --timeout 6000000 test/parsers/mdx/known-parts.test.ts
const PAGES = Number(process.env.BBJ_TEST_PAGES ?? 500);

/** What is not often drawn. */
const SELDOM: [string][] = [
  // A line of white space that is text in Markdown does not end a paragraph.
  ["a ` b\n\f\n<i>c</i> ` d\n"],
  ["a ` b\n\u00a0\n<i>c</i> ` d\n"],
  // An image to micromark, and a longer one to who allows spaces in the paths of images.
  ["![two `](` words](a.png) b)"],
  // A definition, which knows of no code.
  ["[`a]: b`](https://c.d)"],
  [`<img src="data:image/png;base64,${"A".repeat(30_000)}" alt="Two words" />`],
];

async function bothReadings(source: string) {
  const [one, other] = [await readPage(source), await readPage(source, undefined, undefined, readWhole)];
  return [one, other].map(({ content, heading, ownWords, leftOut }) => ({
    content,
    heading: heading(),
    ownWords,
    leftOut,
  }));
}

describe("a page of which most is not given to micromark", () => {
  test("is read as micromark reads it, whatever it holds", async () => {
    await fc.assert(
      fc.asyncProperty(hardPage, async (page) => {
        const [inParts, whole] = await bothReadings(page);
        expect(inParts).toEqual(whole);
      }),
      { numRuns: PAGES, seed: SEED, examples: SELDOM },
    );
  });

  test("is read so if it is one line, behind whatever and above whatever", async () => {
    for (const below of ["", "\n> ===", "\n\n# One"]) {
      for (const before of new Set(BEFORE)) {
        for (const line of new Set(LINES)) {
          const [inParts, whole] = await bothReadings(before + line + below);
          expect(inParts).toEqual(whole);
        }
      }
    }
  });

  test("is read so if it is so long that it is read in pieces", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(calmBlocks, { minLength: 150, maxLength: 250 }), async (parts) => {
        const [inParts, whole] = await bothReadings(parts.join(""));
        expect(inParts).toEqual(whole);
      }),
      { numRuns: Math.ceil(PAGES / 250), seed: SEED },
    );
  });

  test("is read so if it is one of ours", async () => {
    const files = [
      "{README,CHANGELOG,ARCHITECTURE,CONTRIBUTING}.md",
      "examples/**/*.md",
      "test/{fixtures,golden}/**/*.md*",
    ];
    const paths = files.flatMap((pattern) => Array.from(new Bun.Glob(pattern).scanSync(`${import.meta.dir}/../../..`)));
    expect(paths.length).toBeGreaterThan(10);
    for (const path of paths) {
      const [inParts, whole] = await bothReadings(await Bun.file(`${import.meta.dir}/../../../${path}`).text());
      expect(inParts).toEqual(whole);
    }
  });
});
