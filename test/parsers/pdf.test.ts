import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { SourceEntry } from "../../src/parsers/parser.ts";
import { IngestError } from "../../src/flow/errors.ts";
import type { Document, Note } from "../../src/parsers/parser.ts";
import { pdf } from "../../src/parsers/pdf/entry.ts";
import { parseInput } from "../support/parse-input.ts";
import { parseContext } from "../support/read-source.ts";

const FIXTURES = join(import.meta.dir, "../fixtures/pdf");
const EXAMPLES = join(import.meta.dir, "../../examples/manual");

type Result = { readonly documents: readonly Document[]; readonly notes: readonly Note[]; readonly failed: string };

async function parse(
  file: string,
  {
    password,
    timeoutMs = 30_000,
    dataDir = FIXTURES,
  }: { password?: string; timeoutMs?: number; dataDir?: string } = {},
): Promise<Result> {
  const source: SourceEntry = {
    name: "pdf",
    parser: "pdf",
    paths: [file],
    dataDir,
    generationTag: "bbj",
    enabled: true,
    keys: password === undefined ? {} : { pdf_password: password },
  };
  const parser = await pdf.load({ pdf_timeout: timeoutMs / 1_000 }, source.keys);
  for await (const input of parser.inputs(source, parseContext())) {
    if (input.kind !== "input") throw new Error(input.reason);
    try {
      return { ...(await parseInput(parser, source, await input.load())), failed: "" };
    } catch (error) {
      if (!(error instanceof IngestError) || error.decision !== "skip") throw error;
      return { documents: [], notes: [], failed: error.message };
    }
  }
  throw new Error(`${file} was not listed`);
}

describe("a PDF manual", () => {
  test("is one document for each heading of its outline, with the headings above it and its pages", async () => {
    const { documents, notes } = await parse("getting-started.pdf", { dataDir: EXAMPLES });
    expect(notes).toEqual([]);
    expect(documents.map(({ sourceUrl, contextHeader }) => [sourceUrl, contextHeader])).toContainEqual([
      "pdf://getting-started.pdf#restoring-a-backup",
      "Getting started with the sample shop > When something goes wrong > Restoring a backup",
    ]);
    expect(documents.at(-1)?.metadata).toEqual({ file: "getting-started.pdf", first_page: "3", last_page: "3" });
    expect(documents.map(({ content }) => content).join("\n")).not.toContain("Page 1");
  });

  test("keeps its code in fences", async () => {
    const { documents } = await parse("getting-started.pdf", { dataDir: EXAMPLES });
    const section = documents.find(({ sourceUrl }) => sourceUrl.endsWith("#setting-up-the-data-directory"));
    expect(section?.content).toContain(
      '```\nPREFIX "/srv/shop/data/" "/srv/shop/programs/"\nALIAS X0 sysgui\nSETOPTS 0004\n```',
    );
  });

  test("reads columns one after the other, without running heads and page numbers", async () => {
    const { documents } = await parse("two-columns.pdf");
    const text = documents.map(({ content }) => content).join("\n");
    const markers = [...text.matchAll(/Marker(\d+)/g)].map((match) => Number(match[1]));
    expect(markers).toEqual(Array.from({ length: 54 }, (_, index) => index + 1));
    expect(text).not.toContain("The shop manual");
    expect(documents[0]?.sourceUrl).toBe("pdf://two-columns.pdf#pages-1-3");
  });

  test("has headings by size, words joined across lines, tables, indented code; turned pages are read upright", async () => {
    const { documents, notes } = await parse("layout.pdf");
    expect(documents.map(({ title }) => title)).toEqual(["Error numbers", "A program"]);
    expect(documents[0]?.content).toContain("is hyphenated at the end of its line");
    expect(documents[0]?.content).toContain("| Number | Meaning |\n| --- | --- |\n| 0 | Record locked |");
    expect(documents[1]?.content).toContain("```\nfor i = 1 to 3\n    print i\nnext i\n```");
    expect(documents[1]?.content).toMatch(/Read me sideways\s+and the second line too/);
    expect(notes).toEqual([{ kind: "warning", path: "layout.pdf", reason: "no text on page 3" }]);
  });
});

describe("a PDF that cannot be read", () => {
  test("needs a password: says so, and the source's password opens it", async () => {
    expect((await parse("locked.pdf")).failed).toContain("pdf_password");
    expect((await parse("locked.pdf", { password: "wrong" })).failed).toContain("does not open it");
    expect((await parse("locked.pdf", { password: "opensesame" })).documents[0]?.content).toContain(
      "secret price list",
    );
  });

  test("has no text layer: named, and no failure", async () => {
    const { documents, notes } = await parse("scanned.pdf");
    expect(documents).toEqual([]);
    expect(notes).toEqual([{ kind: "skipped", path: "scanned.pdf", reason: "no text layer (scanned?)" }]);
  });

  test("is damaged: named", async () => {
    const { failed, notes, documents } = await parse("truncated.pdf");
    expect(documents).toEqual([]);
    expect(failed + notes.map(({ reason }) => reason).join()).not.toBe("");
  });
});
