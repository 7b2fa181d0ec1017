import type { ParsedInput, SourceEntry } from "../parser.ts";
import { contextHeader } from "../../enrich/context-header.ts";
import { generationsOfCode } from "../../enrich/generations.ts";
import { boundedTitle } from "../titles.ts";
import { decodeText } from "../decode-text.ts";
import { codeBlock } from "../../text/markdown.ts";
import { fileParser, type SourceFile } from "../file-parser.ts";
import { describe } from "./describe.ts";
import { SOURCE_TYPE } from "./entry.ts";
import { type Kind, recognise } from "./recognise.ts";

const CLASS = /^[ \t]*class[ \t]+(?:(?:public|private|protected|static|abstract|final)[ \t]+)*([A-Za-z_]\w*)/im;

const NOT_INGESTED: Readonly<Record<Exclude<Kind, "bbj">, string>> = {
  tokenised: "tokenised BBj program: save it as text to have it ingested",
  empty: "an empty file",
  other: "not recognised as BBj source",
};

/** BBj programs and classes: one document a file, the whole code in one fence. */
export const bbjSourceParser = fileParser({
  version: 3,
  extensions: [".bbj", ".bbjt", ".src", ".txt"],
  parseFile,
});

function parseFile({ path, bytes }: SourceFile, source: SourceEntry): ParsedInput {
  const code = decodeText(bytes);
  const kind = recognise(path, bytes, code);
  if (kind !== "bbj") return { documents: [], notes: [{ kind: "skipped", path, reason: NOT_INGESTED[kind] }] };

  const file = path.split("/").at(-1) ?? path;
  const { text, summary } = describe(code, file);
  const section = summary === "" ? file : `${file} -- ${summary}`;
  const className = CLASS.exec(code)?.[1];
  const document = {
    sourceUrl: `file://${path}`,
    title: boundedTitle(className ?? file),
    docType: "example",
    content: text === "" ? codeBlock(code, "bbj") : `${text}\n\n${codeBlock(code, "bbj")}`,
    generations: generationsOfCode(code, source.generationTag),
    // The section names the file already.
    contextHeader: contextHeader([SOURCE_TYPE, section], className ?? ""),
    deprecated: false,
    displayUrl: "",
    metadata: {},
  };
  return { documents: [document], notes: [] };
}
