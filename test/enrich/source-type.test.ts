import { expect, test } from "bun:test";
import { sourceLabel, sourceType } from "../../src/enrich/source-type.ts";

test("readers see what kind of source a chunk is from", () => {
  expect(sourceType({ name: "mdx-dwc", parser: "mdx" })).toBe("DWC Tutorial");
  expect(sourceType({ name: "anything", parser: "pdf" })).toBe("PDF Manual");
  expect(sourceType({ name: "anything", parser: "flare" })).toBe("BASIS BBj Documentation");
  expect(sourceType({ name: "guide", parser: "mdx" })).toBe("Documentation");
});

test("where the kind says nothing, a context header begins with the source's name", () => {
  expect(sourceLabel({ name: "guide", parser: "mdx" })).toBe("guide");
  expect(sourceLabel({ name: "samples", parser: "bbj-source" })).toBe("BBj Source Code");
});
