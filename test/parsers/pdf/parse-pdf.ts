import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Document } from "../../../src/parsers/parser.ts";
import { pdf } from "../../../src/parsers/pdf/entry.ts";
import { parseContext, sourceOf } from "../../support/read-source.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** The documents the PDF parser makes of a file. */
export async function parsePdf(bytes: Uint8Array): Promise<readonly Document[]> {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, "file.pdf"), bytes);
  const source = sourceOf({ name: "pdf", parser: "pdf", paths: ["file.pdf"], dataDir: directory.path });
  for await (const input of (await pdf.load({ pdf_timeout: 30 }, {})).inputs(source, parseContext())) {
    if (input.kind !== "input") throw new Error(input.reason);
    const { documents, notes } = await (await input.load()).parse();
    if (notes.length > 0) throw new Error(notes.map(({ reason }) => reason).join());
    return documents;
  }
  throw new Error("file.pdf was not listed");
}

/** All text of a file. */
export async function textOfPdf(bytes: Uint8Array): Promise<string> {
  return (await parsePdf(bytes)).map(({ title, content }) => `${title}\n${content}`).join("\n");
}
