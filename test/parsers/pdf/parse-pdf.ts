import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ParsedInput, Document } from "../../../src/parsers/parser.ts";
import { pdf } from "../../../src/parsers/pdf/entry.ts";
import { parseInput } from "../../support/parse-input.ts";
import { parseContext, sourceOf } from "../../support/read-source.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** The documents the PDF parser makes of a file that it has nothing to say about. */
export async function parsePdf(bytes: Uint8Array): Promise<readonly Document[]> {
  const { documents, notes } = await parsedPdf(bytes);
  if (notes.length > 0) throw new Error(notes.map(({ reason }) => reason).join());
  return documents;
}

/** What the PDF parser makes of `file.pdf`. */
export async function parsedPdf(bytes: Uint8Array): Promise<ParsedInput> {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, "file.pdf"), bytes);
  const source = sourceOf({ name: "pdf", parser: "pdf", paths: ["file.pdf"], dataDir: directory.path });
  const parser = await pdf.load({ pdf_timeout: 30 }, {});
  for await (const input of parser.inputs(source, parseContext())) {
    if (input.kind !== "input") throw new Error(input.reason);
    return await parseInput(parser, source, await input.load());
  }
  throw new Error("file.pdf was not listed");
}

/** All text of a file. */
export async function textOfPdf(bytes: Uint8Array): Promise<string> {
  return (await parsePdf(bytes)).map(({ title, content }) => `${title}\n${content}`).join("\n");
}
