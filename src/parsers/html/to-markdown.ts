import type { Element, Nodes, Root } from "hast";
import { type Handle, type State, toMdast } from "hast-util-to-mdast";
import type { Emphasis, Heading, Root as MarkdownRoot, Strong } from "mdast";
import { gfmTableToMarkdown } from "mdast-util-gfm-table";
import { type Handle as MarkdownHandle, toMarkdown } from "mdast-util-to-markdown";
import { collapseSpace } from "./collapse-space.ts";
import { CODE_BLOCKS, INLINE_CODE } from "./elements.ts";
import { withFlatCells } from "./tables.ts";
import { rawText } from "./inline-text.ts";
import { wellNested } from "./well-nested.ts";
import { beginsBlock, closesFence, codeSpan, type Fence, openFence } from "../../text/markdown.ts";

const LANGUAGE_CLASS = /^lang(?:uage)?-(.+)$/i;

/**
 * The Markdown of a tree: headings, lists, tables with their header rows and spans, code with its language, emphasis.
 * White space as a browser shows it. Links leave their text, images nothing. Characters are not escaped where a reader
 * needs no escape, for the text is to be found, not typeset.
 */
export function htmlToMarkdown(tree: Root | Element): string {
  const root: Root = tree.type === "root" ? tree : { type: "root", children: [tree] };
  const tidied = wellNested(withFlatCells(root));
  collapseSpace(tidied);
  // The tree is handed over by its handler: what the library does to a tree first, a copy and its own look at white space,
  // takes longer than all the rest.
  const markdown = toMdast(
    { type: "root", children: [] },
    { handlers: HANDLERS, nodeHandlers: { root: (state) => ({ type: "root", children: flowOf(state, tidied) }) } },
  );
  if (!isRoot(markdown)) throw new TypeError("the root of a page is no root in Markdown");
  const text = toMarkdown(markdown, {
    bullet: "-",
    emphasis: "*",
    rule: "-",
    fences: true,
    listItemIndent: "one",
    extensions: [gfmTableToMarkdown({ tablePipeAlign: false })],
    handlers: {
      text: unread(plainText),
      break: unread(lineBreak),
      inlineCode: unread(inlineCode),
      heading,
      strong: unread(marked("strong", "**")),
      emphasis: unread(marked("emphasis", "*")),
    },
  });
  return tidy(text.replace(/\r\n?/g, "\n"));
}

/** The plain text of a node, white space collapsed. */
export function textOf(node: Nodes): string {
  return allText(node).replace(/\s+/g, " ").trim();
}

/**
 * A handler that is not asked what it would begin with: nobody here needs to know what follows, and the library finds out by
 * calling it twice, at every level of emphasis within emphasis.
 */
function unread(handle: MarkdownHandle): MarkdownHandle {
  return Object.assign(handle, { peek: () => "" });
}

function flowOf(state: State, tree: Root) {
  return state.toFlow(state.all(tree));
}

/** A text as it stands, but for what would end a table's cell or begin something at the start of a line. */
const plainText: MarkdownHandle = ({ value }: { value: string }, _, state, { before }) => {
  const text = value.replace(/[ \u00a0]{2,}|\u00a0/g, " ");
  if (state.stack.includes("tableCell")) return text.replace(/\|/g, "\\|").replace(/\s+/g, " ");
  if (before !== "\n" && before !== "") return text;
  const line = text.trimStart();
  return isMark(line) ? `\\${line}` : line;
};

const lineBreak: MarkdownHandle = (_, __, { stack }) =>
  stack.includes("tableCell") || stack.includes("headingAtx") ? " " : "\n";

const inlineCode: MarkdownHandle = ({ value }: { value: string }, _, { stack }) => {
  const code = value.split("\n").reduce((above, line) => `${above}${isMark(line) ? " " : "\n"}${line}`);
  return codeSpan(stack.includes("tableCell") ? code.replace(/\|/g, "\\|") : code);
};

/** Whether text at the start of a line would be read as something else. */
function isMark(text: string): boolean {
  return beginsBlock(text) || text.startsWith("|");
}

/** On one line, whatever its text begins and ends with. */
const heading: MarkdownHandle = (node: Heading, _, state, info) => {
  const exit = state.enter("headingAtx");
  const text = state
    .containerPhrasing(node, { ...info, before: "# ", after: "\n" })
    .replace(/\s+/g, " ")
    .trim();
  exit();
  return text === "" ? "" : `${"#".repeat(node.depth)} ${text}`;
};

/** Emphasis as people write it: white space stands outside of the marks, and what is bold already is not made bold again. */
function marked(construct: "strong" | "emphasis", mark: string): MarkdownHandle {
  return (node: Strong | Emphasis, _, state, info) => {
    if (state.stack.includes(construct)) return state.containerPhrasing(node, info);
    const exit = state.enter(construct);
    const text = state.containerPhrasing(node, { ...info, before: mark, after: mark });
    exit();
    const inner = text.trim();
    if (inner === "") return text === "" ? "" : " ";
    const start = text.indexOf(inner);
    return text.slice(0, start) + mark + inner + mark + text.slice(start + inner.length);
  };
}

const inlineElement: Handle = (_, element: Element) => ({ type: "inlineCode", value: rawText(element.children) });

const codeBlock: Handle = (_, element: Element) => {
  const value = rawText(element.children);
  let end = value.length;
  while (value[end - 1] === "\n") end--;
  return { type: "code", lang: languageOf(element), value: value.slice(0, end) };
};

/** The language that a block names, or the `code` in it. */
function languageOf(block: Element): string | undefined {
  const code = block.children.find((child): child is Element => child.type === "element" && child.tagName === "code");
  const names = [block, code].flatMap((node) => node?.properties.className ?? []);
  return names.map((name) => LANGUAGE_CLASS.exec(name)?.[1]).find((name) => name !== undefined);
}

const HANDLERS: Record<string, Handle> = {
  ...Object.fromEntries([...INLINE_CODE].map((name) => [name, inlineElement])),
  ...Object.fromEntries([...CODE_BLOCKS].map((name) => [name, codeBlock])),
};

function isRoot(node: { readonly type: string }): node is MarkdownRoot {
  return node.type === "root";
}

function allText(node: Nodes): string {
  if (node.type === "text") return node.value;
  return "children" in node ? node.children.map(allText).join("") : "";
}

/** Markdown without white space at the ends of lines and more than one empty line in a row; code stays as it is. */
function tidy(markdown: string): string {
  const lines: string[] = [];
  let fence: Fence | undefined;
  for (const line of markdown.split("\n")) {
    if (fence !== undefined) {
      lines.push(line);
      if (closesFence(line, fence)) fence = undefined;
      continue;
    }
    fence = openFence(line);
    // Not by a pattern: it would try each space of a long run.
    const text = line.trimEnd();
    if (text !== "" || lines.at(-1) !== "") lines.push(text);
  }
  return lines.join("\n").trim();
}
