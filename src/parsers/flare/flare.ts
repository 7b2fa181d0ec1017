import { contextHeader } from "../../enrich/context-header.ts";
import { documentType } from "../../enrich/document-type.ts";
import { generationsOfTopic } from "../../enrich/generations.ts";
import { IngestError } from "../../flow/errors.ts";
import { aboutPage } from "../about-page.ts";
import { boundedTitle, fileTitle, pageName, readableName } from "../titles.ts";
import { decodeText } from "../decode-text.ts";
import type { SourceReader } from "../define-parser.ts";
import type { ListedFile } from "../file-listing.ts";
import { type FileFormat, fileParser, type SourceFile } from "../file-parser.ts";
import { htmlToMarkdown } from "../html/to-markdown.ts";
import type { Input, Note, ParseContext, ParsedInput, ProjectMark, Remark, SourceEntry, Unlisted } from "../parser.ts";
import { isDeprecated, isDropped } from "./conditions.ts";
import { OUTPUT, ProjectFinder } from "./find-project.ts";
import { Project } from "./project.ts";
import { projectOf, type ProjectParts, type TopicParts } from "./project-parts.ts";
import { readXml, TOO_DEEP } from "./read-xml.ts";
import { isBuiltPage, SourceFiles } from "./source-files.ts";
import { type ProjectResources, topicContent, type TopicContent } from "./topic-content.ts";

/** Where the built help is published, unless the entry says so. */
const WEB_HELP_BASE = "https://documentation.basis.cloud/BASISHelp/WebHelp/";
/** What is said of other pages that lie beside a project, like those of its built help. */
const NOT_CONTENT = "not in the Content folder of a Flare project";
const BUILT_PAGE = "a page of a built help, no source: remove it from Content, or open and save it in Flare";
const WORDS = /[\p{L}\p{N}]/u;
/** What programs call a page that its writer gave no title. */
const UNTITLED = /^untitled(?: (?:document|page))?$/i;
const HEADING = /^#{1,6} /;
/** Beyond this a list says no more. */
const REMARKS_MAX = 10;

const NO_TOPIC = { topic: "none", shaping: [] } as const;
const NO_PARTS: ProjectParts = { files: [], variables: [] };
const SHAPE = { version: 4, extensions: [".htm", ".html"], silent: "all" } as const;
const PROJECT: ProjectMark = { file: /\.flprj$/i, noun: "Flare project", folder: ".", output: OUTPUT };

/**
 * A MadCap Flare project: each topic in `Content` is one document, with what its snippets and variables add. `displayBase` is
 * where the built help is published.
 */
export function flareParser(displayBase: string | undefined): SourceReader {
  const format = formatOf(displayBase);
  return { ...fileParser(format), inputs: (source, context) => inputsOf(source, context, format) };
}

/** What a topic is made of beside its file. */
type Topic = TopicParts & {
  /** Its project's folder. */
  readonly project: string;
  /** It lies beside the sources of a help, and is to be one of them. */
  readonly isAmongSources: boolean;
};

/** "none" for what is no topic. */
type Besides = { readonly topic: Topic | "none"; readonly shaping: readonly string[] };

type FlareFormat = FileFormat<Besides, ProjectParts>;

function formatOf(displayBase: string | undefined): FlareFormat {
  return {
    ...SHAPE,
    known: { project: PROJECT },
    shaping: { displayBase },
    parseFile: (file, _, { others: { topic } = NO_TOPIC, common }) => {
      if (topic === "none") return skipped(file, NOT_CONTENT);
      const text = decodeText(file.bytes);
      if (topic.isAmongSources && isBuiltPage(text)) return skipped(file, BUILT_PAGE);
      if (topic.shownIn !== undefined) return skipped(file, isSnippetOf(topic.shownIn));
      return parseTopic(file, text, topic, projectOf(common ?? NO_PARTS, topic), displayBase);
    },
  };
}

async function* inputsOf(
  source: SourceEntry,
  context: ParseContext,
  format: FlareFormat,
): AsyncGenerator<Input | Unlisted | Remark> {
  const { fileSizeBytesMax: fileBytesMax, signal } = context;
  const finder = new ProjectFinder(source);
  const files = await SourceFiles.list(source, source.extensions ?? SHAPE.extensions, context, finder);
  const opening = { source, finder, topics: files.sources, fileBytesMax, signal };
  const projects = new Map<string, Project>();
  const besidesOf = async (file: SourceFile): Promise<Besides> => {
    const place = finder.placeOf(file.path);
    if (place === undefined) return NO_TOPIC;
    const { project } = place;
    const opened = projects.get(project) ?? (await Project.open(project, opening));
    projects.set(project, opened);
    const { parts, shaping } = await opened.topic(file.bytes, place.path);
    // Without sources, a built page is all that there is.
    const isAmongSources = finder.hasSources(project, file.root);
    const besides = parts.shownIn !== undefined ? [] : [isAmongSources ? "" : "no sources"];
    return { topic: { ...parts, project, isAmongSources }, shaping: [...besides, ...shaping] };
  };
  const topics = fileParser({
    ...format,
    listed: files.items,
    addresses: () => (file) => finder.addressesOf(file).map((path) => `flare://${path}`),
    otherInputs: () =>
      Object.assign(besidesOf, {
        hashed: ({ shaping }: Besides) => shaping,
        common: ({ topic }: Besides) => (topic === "none" ? undefined : projects.get(topic.project)?.parts),
        refused: () => [...files.notes(), ...[...projects.values()].flatMap(({ problems }) => problems)],
      }),
  });
  yield* topics.inputs(source, context);
}

function parseTopic(
  file: SourceFile,
  text: string,
  topic: Topic,
  project: ProjectResources,
  displayBase: string | undefined,
): ParsedInput {
  if (text.trim() === "") return skipped(file, "an empty file");
  const { html, remark } = readXml(text);
  if (remark === TOO_DEEP) throw tooDeep();
  if (html === undefined) {
    return skipped(file, `not a topic: it has no <html> element${remark === "" ? "" : ` (${remark})`}`);
  }
  const { content, body } = contentOf(() => {
    const read = topicContent(html, topic.path, project);
    return { content: read, body: htmlToMarkdown(read.body) };
  });
  const inContent = topic.path.slice(topic.path.indexOf("/") + 1);
  const { way } = topic;
  const inContents = way?.at(-1) ?? "";
  const markdown = withTitle(body, content, inContents, file.path);
  const title = boundedTitle(pageName(content.title, inContents) || inContents || fileTitle(file.path));
  const header = contextHeader(way === undefined ? foldersOf(inContent) : sections(way, title), title);
  const { conditions, elementConditions } = content;
  const about = hidesText(content, markdown)
    ? ""
    : aboutPage(content.ownWords, { title, contextHeader: header, content: markdown });
  if (markdown === "" && about === "") {
    const { documents, notes } = skipped(file, withoutText(content));
    return { documents, notes: [...notes, ...warnings(file, content.remarks)] };
  }

  const document = {
    sourceUrl: file.address,
    title,
    docType: documentType(inContent, markdown),
    content: markdown,
    ...(about === "" ? {} : { about }),
    generations: generationsOfTopic({ path: inContent, conditions, content: markdown }),
    contextHeader: header,
    deprecated: isDeprecated(conditions),
    displayUrl: webHelpUrl(displayBase, inContent),
    metadata: {
      ...(conditions.length === 0 ? {} : { conditions: conditions.join(", ") }),
      ...(elementConditions.length === 0 ? {} : { element_conditions: elementConditions.join(", ") }),
    },
  };
  const remarks =
    remark === "" ? content.remarks : [`not well-formed XML, read as HTML: ${remark}`, ...content.remarks];
  return { documents: [document], notes: warnings(file, remarks) };
}

/** The text of a topic; "" for one that says nothing. A chunk is made of text: a topic of headings, or of a title alone, has them as such. */
function withTitle(body: string, content: TopicContent, inContents: string, path: string): string {
  const lines = body.split("\n").filter((line) => WORDS.test(line));
  if (body.includes("```") || lines.some((line) => !HEADING.test(line))) return lines.length === 0 ? "" : body;
  const title = (UNTITLED.test(content.title) ? "" : content.title) || inContents;
  const headings = lines.map((line) => line.replace(HEADING, ""));
  // One that is called like its file was never given a title.
  const isGiven = lettersOf(title) !== lettersOf(fileTitle(path)) || lines.length > 0;
  if (!WORDS.test(title) || !isGiven || hidesText(content, lines.join(""))) return headings.join("\n\n");
  return [...new Set([title, ...headings])].join("\n\n");
}

/** Whether there would be a text if it were not left out by its conditions. */
function hidesText({ elementConditions }: TopicContent, text: string): boolean {
  return text === "" && elementConditions.some((tag) => isDropped([tag]));
}

function lettersOf(title: string): string {
  return title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

function isSnippetOf([first = "", ...others]: readonly string[]): string {
  const more = others.length === 0 ? "" : ` and ${others.length} ${others.length === 1 ? "topic" : "topics"} more`;
  return `a snippet: its text is in ${first}${more}`;
}

/** What `read` makes of a topic, unless snippets within snippets nest its elements beyond all sense. */
function contentOf<Content>(read: () => Content): Content {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? tooDeep(error) : error;
  }
}

function tooDeep(cause?: RangeError): IngestError {
  return new IngestError(TOO_DEEP, { decision: "skip", code: "unreadable", cause });
}

/** Titles of the table of contents above a topic, and its own there where it adds to the title. */
function sections(way: readonly string[], title: string): string[] {
  const own = way.at(-1) ?? "";
  const [one, other] = [own.toLowerCase(), title.toLowerCase()];
  return one.includes(other) || other.includes(one) ? way.slice(0, -1) : [...way];
}

function foldersOf(path: string): string[] {
  return path.split("/").slice(0, -1).map(readableName);
}

function withoutText({ elementConditions }: TopicContent): string {
  const dropped = elementConditions.length > 0 ? ` (condition tags: ${elementConditions.join(", ")})` : "";
  return `a topic without text${dropped}`;
}

function warnings({ path }: ListedFile, remarks: readonly string[]): Note[] {
  const more = remarks.length > REMARKS_MAX ? [`and ${remarks.length - REMARKS_MAX} remarks more`] : [];
  return [...remarks.slice(0, REMARKS_MAX), ...more].map((reason) => ({ kind: "warning", path, reason }));
}

function skipped({ path }: ListedFile, reason: string): ParsedInput {
  return { documents: [], notes: [{ kind: "skipped", path, reason }] };
}

/** Where the built help shows a topic. `path` is relative to the project's `Content` folder. */
export function webHelpUrl(displayBase: string | undefined, path: string): string {
  const base = displayBase ?? WEB_HELP_BASE;
  return (base.endsWith("/") ? base : `${base}/`) + path.split("/").map(encodeSegment).join("/");
}

function encodeSegment(segment: string): string {
  return encodeURI(segment.toWellFormed()).replace(/[#?]/g, encodeURIComponent);
}
