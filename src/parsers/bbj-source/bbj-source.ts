import type { ParsedInput, SourceEntry } from "../parser.ts";
import { contextHeader } from "../../enrich/context-header.ts";
import { generationsOfCode } from "../../enrich/generations.ts";
import { boundedTitle } from "../titles.ts";
import { decodeText } from "../decode-text.ts";
import { codeBlock } from "../../text/markdown.ts";
import { fileParser, type SourceFile } from "../file-parser.ts";
import { describe, describeResource } from "./describe.ts";
import { SOURCE_TYPE } from "./entry.ts";
import { type Kind, recognise } from "./recognise.ts";

const CLASS = /^[ \t]*class[ \t]+(?:(?:public|private|protected|static|abstract|final)[ \t]+)*([A-Za-z_]\w*)/im;

const NOT_INGESTED: Readonly<Record<Exclude<Kind, "bbj" | "resource">, string>> = {
  tokenised: "tokenised BBj program: save it as text to have it ingested",
  binary: "a binary file",
  empty: "an empty file",
  other: "not recognised as BBj source",
};

/** What BBj is kept in: programs, stored procedures, callpoints, libraries, resources, menus. All but the first two by content. */
const EXTENSIONS = [".bbj", ".bbjt", ".src", ".aon", ".prc", ".arc", ".bbl", ".bbx", ".cdf", ".men", ".txt"];

/** BBj programs, classes and resources: one document a file, the whole of it in one fence. */
export const bbjSourceParser = fileParser({
  version: 4,
  extensions: EXTENSIONS,
  known: { recognises: isProgram },
  parseFile,
});

/** Texts of the same ending are of many kinds; a program whose beginning is a long comment is one by its ending only. */
function isProgram(path: string, head: Uint8Array): boolean {
  return ["bbj", "resource"].includes(recognise(path, head, decodeText(head)));
}

function parseFile({ path, bytes }: SourceFile, source: SourceEntry): ParsedInput {
  const code = decodeText(bytes);
  const kind = recognise(path, bytes, code);
  if (kind !== "bbj" && kind !== "resource")
    return { documents: [], notes: [{ kind: "skipped", path, reason: NOT_INGESTED[kind] }] };

  const file = path.split("/").at(-1) ?? path;
  const { text, summary } = kind === "resource" ? describeResource(code) : describe(code, file);
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
