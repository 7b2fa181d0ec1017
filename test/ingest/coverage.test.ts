import { expect, test } from "bun:test";
import { Coverage } from "../../src/ingest/coverage.ts";
import { isOfPart } from "../../src/parsers/part.ts";

const ENTRY = { content_hash: "0", error: "no", source: "docs", title: "", chunk_index: 0, attempts: 1, at: "" };
const PARTS = [1, 2].map((index) => ({ index, count: 2 }));

function seenAll(part: (typeof PARTS)[number], stored: string[]): Coverage {
  const documents = new Map(stored.map((path) => [path, { input: path, complete: false, chunks: 1 }]));
  const coverage = new Coverage({ documents, inputs: new Map() }, part);
  coverage.endListing();
  return coverage;
}

test("a failure that does not say of which file it is leaves the log by the part that has the document, or by none", () => {
  for (const path of ["a.md", "b.md", "c.md", "d.md"]) {
    for (const part of PARTS) {
      const entry = { ...ENTRY, source_url: path };
      // The document is not there any more, and no part knows which of them had it.
      expect(seenAll(part, []).stillLacks(entry)).toBe(true);
      expect(seenAll(part, [path]).stillLacks(entry)).toBe(!isOfPart(path, part));
      expect(seenAll(part, []).stillLacks({ ...entry, input: path })).toBe(!isOfPart(path, part));
    }
  }
});

test("a failure of a document that a retry did not take stays in the log", () => {
  const [part] = PARTS.filter((one) => isOfPart("new/a.md", one));
  const coverage = new Coverage({ documents: new Map(), inputs: new Map() }, part);
  coverage.see("a.md", "new/a.md");
  coverage.passOver(["a.md"]);
  coverage.endListing();
  expect(coverage.stillLacks({ ...ENTRY, source_url: "a.md", input: "old/a.md" })).toBe(true);
});
