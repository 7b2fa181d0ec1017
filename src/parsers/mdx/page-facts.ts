import { closesFence, type Fence, leavesQuote, openFence } from "./fences.ts";

/** What has to be known of a whole page before it is read from the top. */
export type PageFacts = {
  /** Link destinations by label. */
  readonly definitions: ReadonlyMap<string, string>;
  /** Where the last closing tag of a name stands. */
  readonly closingTags: ReadonlyMap<string, number>;
};

export const DEFINITION =
  /^ {0,3}\[(?!\^)((?:[^\]\\\n]|\\.)+)\]:[ \t]*(?:<([^>\n]*)>|([^\s<]\S*))[ \t]*(?:"[^"\n]*"|'[^'\n]*'|\([^)\n]*\))?[ \t]*$/;
const CLOSING_TAG = /<\/([A-Za-z][\w.:-]*)/g;

/** Looks through a page outside of its code blocks and comments. */
export function pageFacts(body: string): PageFacts {
  const definitions = new Map<string, string>();
  const closingTags = new Map<string, number>();
  let fence: Fence | undefined;
  const lastCommentEnd = body.lastIndexOf("-->");
  let inComment = false;
  let at = 0;
  for (const line of body.split("\n")) {
    if (fence !== undefined && leavesQuote(line, fence)) fence = undefined;
    if (fence !== undefined) {
      if (closesFence(line, fence)) fence = undefined;
    } else if (inComment) {
      inComment = !line.includes("-->");
    } else {
      fence = openFence(line);
      if (fence === undefined) {
        collect(line, at, definitions, closingTags);
        const comment = line.lastIndexOf("<!--");
        inComment = comment >= 0 && !line.includes("-->", comment) && at + comment < lastCommentEnd;
      }
    }
    at += line.length + 1;
  }
  return { definitions, closingTags };
}

function collect(line: string, at: number, definitions: Map<string, string>, closingTags: Map<string, number>): void {
  if (line.includes("]:")) {
    const match = DEFINITION.exec(line);
    if (match !== null) definitions.set(labelOf(match[1] ?? ""), match[2] ?? match[3] ?? "");
  }
  if (line.includes("</")) {
    // In inline code a closing tag is an example, not markup.
    const markup = line.includes("`") ? line.replace(/`[^`]*`/g, (code) => " ".repeat(code.length)) : line;
    for (const match of markup.matchAll(CLOSING_TAG)) closingTags.set(match[1] ?? "", at + match.index);
  }
}

/** Labels are the same whatever their case and spaces. */
export function labelOf(text: string): string {
  return text.replace(/\s+/g, " ").trim().toLowerCase();
}
