import { contextHeader } from "../../enrich/context-header.ts";
import { IngestError, messageOf } from "../../flow/errors.ts";
import { decodeText } from "../decode-text.ts";
import { fileParser, type SourceFile } from "../file-parser.ts";
import { plural } from "../../text/words.ts";
import type { Document, Note, ParsedInput } from "../parser.ts";
import { classMarkdown } from "./class-markdown.ts";
import { classAddress, countClasses, numbersIn, qualifiedName } from "./class-numbers.ts";
import { readDescription } from "./doc-comment.ts";
import { SOURCE_TYPE } from "./entry.ts";
import { exportSchema, type JavaClass } from "./export-schema.ts";
import { filesOfSnippets } from "./inline-tags.ts";

const EXTENSIONS = [".json"];
/** What no other JSON has: a list of classes, by their names. */
const CLASSES = /"classes"\s*:\s*\[\s*(?:\{[^{}]*"name"\s*:|\])/;
const FILES_NAMED_MAX = 10;
/** The classes of BBj's API are those of its GUI, in a window as in a browser. */
const GENERATIONS = ["bbj_gui", "dwc"];

/** Exports of Javadoc: a JSON file a package, one document a class. */
export const javadocParser = fileParser({
  version: 3,
  extensions: EXTENSIONS,
  known: { recognises: (_, head) => CLASSES.test(decodeText(head)) },
  otherInputs: (source, context) => countClasses(source, source.extensions ?? EXTENSIONS, context),
  parseFile: (file, _, { others: numbers = [] }) => parseFile(file, numbers),
});

function parseFile({ path, bytes }: SourceFile, numbers: readonly string[]): ParsedInput {
  const parsed = exportSchema.safeParse(parseJson(decodeText(bytes)));
  if (!parsed.success) {
    return {
      documents: [],
      notes: [{ kind: "skipped", path, reason: "no Javadoc export: it has no list of classes" }],
    };
  }
  const { name, classes } = parsed.data;
  if (classes.length === 0) {
    return { documents: [], notes: [{ kind: "skipped", path, reason: `the package ${name} has no classes` }] };
  }
  const numberOf = numbersIn(numbers);
  try {
    const documents = classes.map((javaClass) => documentOf(javaClass, name, numberOf(javaClass.name)));
    return { documents, notes: notesOf(classes, path) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const reason = "the elements of a description are nested too deeply";
    throw new IngestError(reason, { decision: "skip", code: "unreadable", cause: error });
  }
}

/** What the export does not hold. */
function notesOf(classes: readonly JavaClass[], path: string): Note[] {
  const docus = classes.flatMap((javaClass) => {
    const members = [...javaClass.fields, ...javaClass.constructors, ...javaClass.methods];
    return [javaClass, ...members].map(({ docu }) => docu);
  });
  const files = docus.flatMap(filesOfSnippets);
  if (files.length === 0) return [];
  const named = [...new Set(files)];
  const some = `${named.slice(0, FILES_NAMED_MAX).join(", ")}${named.length > FILES_NAMED_MAX ? " ..." : ""}`;
  const reason = `the code of ${plural(files.length, "snippet")} stands in other files, and not in the export: ${some}`;
  return [{ kind: "warning", path, reason }];
}

function documentOf(javaClass: JavaClass, packageName: string, number: number): Document {
  const { name } = javaClass;
  const description = readDescription(javaClass.docu);
  return {
    sourceUrl: classAddress(qualifiedName(packageName, name), number),
    title: name,
    docType: "api-reference",
    content: classMarkdown(javaClass, packageName, description),
    generations: GENERATIONS,
    contextHeader: contextHeader([SOURCE_TYPE, packageName], name),
    deprecated: description.deprecated,
    displayUrl: description.url,
    metadata: packageName === "" ? {} : { package: packageName },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new IngestError(`not valid JSON: ${messageOf(error)}`, {
      decision: "skip",
      code: "unreadable",
      cause: error,
    });
  }
}
