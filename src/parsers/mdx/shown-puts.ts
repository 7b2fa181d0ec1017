import { codeBlock } from "../../text/markdown.ts";
import { joinedLines } from "../../text/printable.ts";
import { isProse } from "./attribute-names.ts";
import { PARAGRAPH, type Put } from "./edits.ts";
import type { Scope } from "./scope.ts";
import { shownAttributes, standsFor } from "./shown-attributes.ts";
import type { Shown } from "./shown-value.ts";
import type { Tag } from "./tag.ts";

/** Reads the value of an attribute, which may have several lines. */
type ReadAttribute = (value: string) => string;

/** What stands beside a word, not for one. */
const BADGE = /(?:Badge|Chip|Pill|Tag)$/i;

/** What a component shows of its attributes, each as a paragraph. */
export function shownPuts(tag: Tag, hasContent: boolean, scope: Scope, read: ReadAttribute): Put[] {
  const shown = shownAttributes(tag, hasContent, scope);
  const language = tag.attributes.get("language") ?? tag.attributes.get("lang") ?? "";
  const puts = shown.flatMap((one, index) => putsOf(one, shown[index - 1], language, read));
  return puts.length === 0 ? [] : [...puts, PARAGRAPH];
}

/** What a component in a sentence has instead of content. */
export function wordsInstead(tag: Tag, scope: Scope, read: ReadAttribute): string {
  const isWord = (tag.attributes.has("text") || tag.attributes.has("children")) && !BADGE.test(tag.name);
  const words = shownAttributes(tag, false, scope)
    .map((shown) => lineOf(shown, read))
    .filter((line) => line !== "" && (isWord || isProse(line)));
  return words.length === 0 ? (standsFor(tag) ?? "") : words.join(" ");
}

/** What a component in a sentence has to say about its content, other than its title, which is a tooltip. */
export function explanation(tag: Tag, scope: Scope, read: ReadAttribute): string {
  const words = shownAttributes(tag, true, scope)
    .filter(({ kind }) => kind === "text")
    .map((shown) => lineOf(shown, read))
    .filter(isProse);
  return words.length === 0 ? "" : ` (${words.join(" ")})`;
}

function putsOf(shown: Shown, before: Shown | undefined, language: string, read: ReadAttribute): Put[] {
  switch (shown.kind) {
    case "label": {
      const label = lineOf(shown, read).replaceAll("**", "");
      return label === "" ? [] : [PARAGRAPH, { kind: "text", text: `**${label}**` }];
    }
    case "text":
      return [PARAGRAPH, { kind: "page", markdown: read(shown.source) }];
    case "item": {
      const words = lineOf(shown, read);
      const edge: Put = before?.kind === "item" ? { kind: "break", mark: "\n" } : PARAGRAPH;
      return words === "" ? [] : [edge, { kind: "text", text: `- ${words}` }];
    }
    case "code":
      return [PARAGRAPH, { kind: "page", markdown: codeBlock(shown.code, language) }];
  }
}

function lineOf(shown: Shown, read: ReadAttribute): string {
  const sources = shown.kind === "code" ? [] : "sources" in shown ? shown.sources : [shown.source];
  const [first = "", ...rest] = sources.map((source) => joinedLines(read(source)).trim()).filter((part) => part !== "");
  if (shown.kind === "item" && shown.joint === " | ") return [first, ...rest].join(" | ");
  const joint = /[.:;!?]$/.test(first) ? " " : ": ";
  return rest.length === 0 ? first : `${first}${joint}${rest.join(" ")}`;
}
