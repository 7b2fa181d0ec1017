import type { Nodes } from "xast";
import { boundedFileText } from "../bounded-file.ts";
import { fileTitle } from "../titles.ts";
import { keyOf, type ProjectFile } from "./snippets.ts";

/** What a topic is called, where something links to it; "" when it has no such name, or there is no such topic. */
export type LinkedNames = { readonly title: string; readonly heading: string };
export const NO_NAMES: LinkedNames = { title: "", heading: "" };

const TOPIC = /\.html?$/i;
const VARIABLE = /\[%=\s*System\.Linked(Title|Header)\s*%\]/gi;
/** How Flare is told to write a cross reference; numbers are known only when the help is built. */
const FORMAT = /\{\s*(?:(title)|para(?:text)?|h[1-6]|(page(?:ref|num)?|(?:para|chap|sec|vol)num))\s*\}/gi;

/** A text of a link with the names of the topic that it leads to. */
export function withNames(text: string, { title, heading }: LinkedNames): string {
  return text.replace(VARIABLE, (_, which: string) => (/header/i.test(which) ? heading || title : title));
}

/** The text of a cross reference, which may be no more than its format. */
export function withFormat(text: string, names: LinkedNames): string {
  return withNames(text, names).replace(FORMAT, (_, title: string | undefined, number: string | undefined) =>
    number === undefined ? (title === undefined ? names.heading || names.title : names.title) : "",
  );
}

const ASKED = /\[%=\s*System\.Linked|\{\s*(?:title|para(?:text)?|h[1-6])\s*\}/i;

/** Whether an element has the name of a linked topic in its text. */
export function asksForNames(node: Nodes): boolean {
  if (node.type === "text" || node.type === "cdata") return ASKED.test(node.value);
  return node.type === "element" && node.children.some(asksForNames);
}

/** The names of the topics of a project. Each topic is read once. */
export class TopicNamesByPath {
  readonly #names = new Map<string, Promise<LinkedNames>>();
  readonly #known = new Map<string, LinkedNames>();
  readonly #fileBytesMax: number;
  readonly #namesIn: (text: string, path: string) => Promise<LinkedNames>;

  constructor(fileBytesMax: number, namesIn: (text: string, path: string) => Promise<LinkedNames>) {
    this.#fileBytesMax = fileBytesMax;
    this.#namesIn = namesIn;
  }

  async of(file: ProjectFile | undefined): Promise<LinkedNames> {
    if (file === undefined || !TOPIC.test(file.path)) return NO_NAMES;
    const key = keyOf(file.path);
    const reading = this.#names.get(key) ?? this.#read(file);
    this.#names.set(key, reading);
    const names = await reading;
    this.#known.set(key, names);
    return names;
  }

  /** Those of a topic that was read. */
  known(path: string): LinkedNames | undefined {
    return this.#known.get(keyOf(path));
  }

  async #read({ path, absolute }: ProjectFile): Promise<LinkedNames> {
    const read = await boundedFileText(absolute, this.#fileBytesMax);
    // The topic itself is named when its turn comes.
    if ("problem" in read) return NO_NAMES;
    const { title, heading } = await this.#namesIn(read.text, path);
    return { title: title === "" ? fileTitle(absolute) : title, heading };
  }
}
