import { expect, test } from "bun:test";
import { loadParser, parsers } from "../../src/parsers/registry.ts";
import { sourceOf } from "../support/read-source.ts";

const source = (parser: string, name = "anything") => sourceOf({ parser, name, dataDir: "/" });

test("every parser is found by its name, with the defaults of its settings", async () => {
  for (const { name } of parsers) expect(await loadParser(source(name), {})).toMatchObject({ name });
  expect(loadParser(source("odt"), {})).rejects.toThrow(RangeError);
});

test("readers see what kind of source a chunk is from", async () => {
  const shown = async (parser: string, name?: string) => {
    const entry = source(parser, name);
    return (await loadParser(entry, {})).sourceType(entry);
  };
  expect(await shown("mdx", "mdx-dwc")).toBe("DWC Tutorial");
  expect(await shown("mdx", "guide")).toBe("Documentation");
  expect(await shown("pdf")).toBe("PDF Manual");
  expect(await shown("flare")).toBe("BASIS BBj Documentation");
  expect(await shown("bbj-source")).toBe("BBj Source Code");
  expect(await shown("javadoc")).toBe("BBj API Reference");
  expect(await shown("wordpress-advantage")).toBe("BASIS Advantage Blog");
  expect(await shown("wordpress-kb")).toBe("BASIS Knowledge Base");
  expect(await shown("web-crawl")).toBe("BASIS BBj Documentation");
});

test("a parser picks its own values, and what others are told does not matter", async () => {
  expect(await loadParser(source("mdx"), { pdf_timeout: "x", kb_index_url: 7 })).toMatchObject({ name: "mdx" });
  expect(loadParser(source("pdf"), { pdf_timeout: "x" })).rejects.toThrow();
});

test("two parsers that have a setting of the same name mean the same setting", () => {
  const schemas = new Map<string, unknown>();
  for (const { settings } of parsers) {
    for (const [key, schema] of Object.entries(settings)) {
      expect(schemas.get(key) ?? schema).toBe(schema);
      schemas.set(key, schema);
    }
  }
});
