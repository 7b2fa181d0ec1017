import type { Element, ElementContent } from "hast";
import { rawText } from "../html/inline-text.ts";
import { made, text } from "./html-nodes.ts";

const CODE_CLASS = /^code/i;
const CODE_TABLE_CLASS = /^code[-_ ]?table/i;
const LANGUAGE_CLASS = /^lang(?:uage)?-(.+)$/i;
const LANGUAGE_STYLE = /mc-code-lang:\s*([^;]+)/i;
const BLOCKS = /^(?:p|div|li|ul|ol|tr|table|tbody|thead|pre|h[1-6])$/;

/** Code as the one form that becomes a fence. */
export function codeBlock(code: string, language: string): Element {
  const lines = code
    .replaceAll("\u00a0", " ")
    .replace(/^(?:[ \t]*\n)+/, "")
    .trimEnd();
  const className = language === "" ? {} : { className: [`language-${language}`] };
  return made("pre", [made("code", [text(lines)], className)]);
}

/** Paragraphs of code in a row are one block; tables and `pre` that hold code are blocks too. */
export function withCodeBlocks(children: readonly ElementContent[]): ElementContent[] {
  const result: ElementContent[] = [];
  let run: Element[] = [];
  let between: ElementContent[] = [];
  const end = () => {
    const [first] = run;
    if (first !== undefined) result.push(codeBlock(run.map(codeText).join("\n"), languageOf(first)));
    result.push(...between);
    run = [];
    between = [];
  };
  for (const child of children) {
    if (child.type === "element" && isCodeParagraph(child)) {
      if (run[0] !== undefined && languageOf(child) !== languageOf(run[0])) end();
      between = [];
      run.push(child);
    } else if (run.length > 0 && child.type === "text" && child.value.trim() === "") {
      between.push(child);
    } else {
      end();
      result.push(child.type === "element" ? single(child) : child);
    }
  }
  end();
  return result;
}

function single(node: Element): Element {
  if (node.tagName === "pre") return codeBlock(rawText(node.children), languageOf(node));
  if (node.tagName === "table" && hasClass(node, CODE_TABLE_CLASS)) return codeBlock(rowsOf(node), languageOf(node));
  if (node.tagName === "span" && hasClass(node, CODE_CLASS)) return { ...node, tagName: "code" };
  const isBlock = node.tagName === "code" && languageOf(node) !== "" && rawText(node.children).includes("\n");
  return isBlock ? codeBlock(rawText(node.children), languageOf(node)) : node;
}

function isCodeParagraph(node: Element): boolean {
  return (node.tagName === "p" || node.tagName === "div") && hasClass(node, CODE_CLASS);
}

function hasClass(node: Element, pattern: RegExp): boolean {
  return classNames(node).some((name) => pattern.test(name));
}

function classNames({ properties }: Element): string[] {
  return Array.isArray(properties.className) ? properties.className.map(String) : [];
}

/** `language-bbj` of an element or of the first one in it that has such a class. */
export function languageOf(node: Element): string {
  for (const name of classNames(node)) {
    const language = LANGUAGE_CLASS.exec(name)?.[1];
    if (language !== undefined) return safe(language);
  }
  const style = LANGUAGE_STYLE.exec(node.properties.style ?? "")?.[1];
  if (style !== undefined) return safe(style);
  for (const child of node.children) {
    const language = child.type === "element" ? languageOf(child) : "";
    if (language !== "") return language;
  }
  return "";
}

/** A language stands in the line that opens a fence. */
function safe(language: string): string {
  return language
    .trim()
    .toLowerCase()
    .replace(/[^\w+#.-]+/g, "-");
}

function rowsOf(table: Element): string {
  return elementsIn(table, "tr")
    .map((row) => {
      const cells = row.children.filter((cell) => cell.type === "element").map((cell) => codeText(cell));
      const filled = cells.filter((cell) => cell.trim() !== "");
      return filled.join(filled.some((cell) => cell.includes("\n")) ? "\n" : "  ");
    })
    .join("\n");
}

function elementsIn(node: Element, tagName: string): Element[] {
  return node.children.flatMap((child) => {
    if (child.type !== "element") return [];
    return child.tagName === tagName ? [child] : elementsIn(child, tagName);
  });
}

/** The lines of a paragraph of code: white space as a browser shows it, a line for each `br` and each block. */
function codeText(node: Element): string {
  if (node.tagName === "pre" || node.properties.xmlSpace === "preserve")
    return rawText(node.children).replace(/^\n/, "").trimEnd();
  const lines: string[] = [];
  let line = "";
  const endLine = () => {
    lines.push(line.trimEnd());
    line = "";
  };
  const visit = (content: ElementContent) => {
    if (content.type === "text") {
      const words = content.value.replace(/[ \t\n]+/g, " ");
      line += line === "" && words.startsWith(" ") ? words.slice(1) : words;
    } else if (content.type === "element") {
      if (content.tagName === "br") return endLine();
      const isBlock = BLOCKS.test(content.tagName);
      if (isBlock && line.trim() !== "") endLine();
      if (content.tagName === "pre") line = codeText(content);
      else content.children.forEach(visit);
      if (isBlock && line.trim() !== "") endLine();
    }
  };
  node.children.forEach(visit);
  return [...lines, line].join("\n").trimEnd();
}
