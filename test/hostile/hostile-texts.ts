import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunkDocument } from "../../src/chunk/chunk-document.ts";
import { estimateTokens } from "../../src/chunk/tokens.ts";
import type { ParserEntry } from "../../src/parsers/define-parser.ts";
import { bbjSource } from "../../src/parsers/bbj-source/entry.ts";
import { mdx } from "../../src/parsers/mdx/entry.ts";
import type { Document, SourceEntry } from "../../src/parsers/parser.ts";
import { hostileTexts } from "../support/hostile-text.ts";
import { parseInput } from "../support/parse-input.ts";
import { parseContext } from "../support/read-source.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const OPTIONS = { chunkSize: 400, chunkOverlap: 50 };

async function documentsOf(parser: ParserEntry, file: string, text: string): Promise<readonly Document[]> {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, file), text);
  const source: SourceEntry = {
    name: "hostile",
    parser: parser.name,
    paths: ["."],
    dataDir: directory.path,
    generationTag: "bbj",
    enabled: true,
    keys: {},
  };
  const loaded = await parser.load({}, {});
  for await (const input of loaded.inputs(source, parseContext({ fileSizeBytesMax: 1e8 }))) {
    if (input.kind === "input") return (await parseInput(loaded, source, await input.load())).documents;
  }
  throw new Error(`${file} was not listed`);
}

/** Chunks of all documents that are longer than a chunk may be. */
function tooLong(documents: readonly Document[]): number[] {
  const chunks = documents.flatMap((document) => chunkDocument(document, OPTIONS));
  return chunks.map(({ content }) => estimateTokens(content)).filter((tokens) => tokens > OPTIONS.chunkSize);
}

export type Lengths = {
  readonly characters: number;
  /** Of pages, which take longer, as micromark reads them. */
  readonly pageCharacters: number;
};

/** The tests of texts that are so long. */
export function testHostileTexts({ characters, pageCharacters }: Lengths): void {
  describe(`a text of ${characters} characters that goes on and on is read, and cut into chunks that are not too long`, () => {
    for (const [name, make] of Object.entries(hostileTexts)) {
      test(`a page of ${name}`, async () => {
        const text = `# Page\n\nHealthy words.\n\n${make(pageCharacters)}`;
        const documents = await documentsOf(mdx, "page.md", text);
        expect(documents.map(({ content }) => content.includes("Healthy words."))).toEqual([true]);
        expect(tooLong(documents)).toEqual([]);
      });

      test(`a page that begins with ${name}`, async () => {
        expect(tooLong(await documentsOf(mdx, "page.md", make(pageCharacters)))).toEqual([]);
      });

      test(`a program of ${name}`, async () => {
        const documents = await documentsOf(bbjSource, "program.bbj", `rem Healthy words.\n${make(characters)}`);
        expect(documents.map(({ content }) => content.includes("Healthy words."))).toEqual([true]);
        expect(tooLong(documents)).toEqual([]);
      });

      test(`a text file of ${name}`, async () => {
        expect(tooLong(await documentsOf(bbjSource, "text.txt", make(characters)))).toEqual([]);
      });
    }
  });
}
