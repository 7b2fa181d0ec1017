import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { chunkDocument } from "../../src/chunk/chunk-document.ts";
import type { SourceEntry } from "../../src/parsers/parser.ts";
import { IngestError } from "../../src/flow/errors.ts";
import type { Document, Note, Parser } from "../../src/parsers/parser.ts";
import { loadParser } from "../../src/parsers/registry.ts";
import { parseInput } from "../support/parse-input.ts";
import { parseContext, sourceOf } from "../support/read-source.ts";

/**
 * The chunks of small inputs as readable text, for a person to judge. After a change that is meant to change them:
 *   BBJ_TEST_UPDATE_GOLDEN=1 bun test test/golden
 * and read the difference before it is committed.
 */
const UPDATE = process.env.BBJ_TEST_UPDATE_GOLDEN === "1";
const PROJECT = join(import.meta.dir, "../..");
const CHUNKS = { chunkSize: 150, chunkOverlap: 20 };

const SOURCES: readonly (Partial<SourceEntry> & Pick<SourceEntry, "parser" | "dataDir">)[] = [
  { name: "tutorial", parser: "mdx", dataDir: "examples/docs" },
  { name: "mdx-fixtures", parser: "mdx", dataDir: "test/fixtures/mdx" },
  { name: "samples", parser: "bbj-source", dataDir: "examples/source", generationTag: "auto" },
  { name: "code-fixtures", parser: "bbj-source", dataDir: "test/fixtures/bbj-source", generationTag: "auto" },
  { name: "manual", parser: "pdf", dataDir: "examples/manual" },
  { name: "help", parser: "flare", dataDir: "test/fixtures/flare" },
  { name: "api", parser: "javadoc", dataDir: "test/fixtures/javadoc" },
];

for (const source of SOURCES) {
  test(`the chunks of ${source.dataDir}`, async () => {
    const entry = sourceOf({ ...source, dataDir: join(PROJECT, source.dataDir) });
    const texts = await chunksByInput(await loadParser(entry, {}), entry);
    const folder = join(import.meta.dir, entry.name);
    if (UPDATE) for (const [path, text] of texts) write(join(folder, `${path}.txt`), text);
    for (const [path, text] of texts) {
      const file = join(folder, `${path}.txt`);
      expect(existsSync(file) ? readFileSync(file, "utf8") : `${file} is missing`).toBe(text);
    }
    expect(filesIn(folder)).toEqual([...texts.keys()].map((path) => `${path}.txt`).toSorted());
  });
}

/** What each input of a source becomes. */
async function chunksByInput(parser: Parser, entry: SourceEntry): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for await (const input of parser.inputs(entry, parseContext())) {
    if (input.kind !== "input") continue;
    try {
      const { documents, notes } = await parseInput(parser, entry, await input.load());
      texts.set(input.path, [...documents.map(documentText), ...notes.map(noteText)].join("\n"));
    } catch (error) {
      if (!(error instanceof IngestError)) throw error;
      texts.set(input.path, noteText({ kind: "failed", path: input.path, reason: error.message }));
    }
  }
  return texts;
}

function documentText(document: Document): string {
  const { sourceUrl, title, docType, generations, contextHeader, displayUrl, deprecated, metadata } = document;
  const chunks = chunkDocument(document, CHUNKS);
  return [
    `######## ${sourceUrl}`,
    `title          ${title}`,
    `doc_type       ${docType}`,
    `generations    ${generations.join(", ")}`,
    `context_header ${contextHeader}`,
    `display_url    ${displayUrl}`,
    `deprecated     ${deprecated}`,
    `metadata       ${JSON.stringify(metadata)}`,
    ...chunks.flatMap(({ content }, index) => [`-------- chunk ${index + 1} of ${chunks.length}`, content]),
    "",
  ].join("\n");
}

function noteText({ kind, reason }: Note): string {
  return `######## ${kind}: ${reason}\n`;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true, encoding: "utf8" })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}
