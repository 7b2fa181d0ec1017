import { readTag } from "./read-tag.ts";

/** Stands for a code fence while the prose around it is worked on. */
const FENCE_MARK = "\ue000";
const FENCE = /^((?:[ \t]*(?:[-*+]|\d+[.)])[ \t]+|[ \t]*>[ \t]?)*[ \t]*)(`{3,}|~{3,})([^`\n]*)$/;
const IMPORT = /^import\s+(?:[\w*{][^;"']*?\sfrom\s+)?["'][^"'\n]+["'];?[ \t]*$/gm;
const EXPORT = /^export\s+(?:default\b|(?:async\s+)?function\b|class\b|(?:const|let|var)\s+[\w${[])/;
const ADMONITION = /^([ \t>]*):{3,}[ \t]*([\w-]*)[ \t]*(?:\[([^\]]*)\]|([^\n{]*))?(?:\{[^}\n]*\})?[ \t]*$/gm;
const HEADING_ID = /^(#{1,6}\s.*?)\s*\{#[^}\n]+\}[ \t]*$/gm;
const EXPRESSION_CHARACTERS_MAX = 20_000;

/** The text of an MDX page as plain Markdown: no JSX, imports, exports, expressions, comments; code fences as they were. */
export function stripMdx(source: string): string {
  const fences: string[] = [];
  const prose = hideFences(source, fences);
  const text = stripTags(stripExports(prose.replace(IMPORT, "")).replace(HEADING_ID, "$1"));
  return text
    .replace(
      ADMONITION,
      (_, indent: string, __, bracketed?: string, plain?: string) => `${indent}${(bracketed ?? plain ?? "").trim()}`,
    )
    .split("\n")
    .map((line) => (line.includes(FENCE_MARK) ? line : cleanLine(line)))
    .join("\n")
    .replace(/\n[ \t]*\n(?:[ \t]*\n)+/g, "\n\n")
    .replace(
      new RegExp(`[^\\n]*${FENCE_MARK}(\\d+)${FENCE_MARK}[ \\t]*`, "g"),
      (_, index: string) => fences[Number(index)] ?? "",
    )
    .trim();
}

function hideFences(source: string, fences: string[]): string {
  const lines = source.replaceAll(FENCE_MARK, "").split("\n");
  const out: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const open = line.includes("```") || line.includes("~~~") ? FENCE.exec(line) : null;
    if (open === null) {
      out.push(line);
      continue;
    }
    const fence = open[2] ?? "```";
    const close = new RegExp(`^[ \\t>]*${fence[0] === "~" ? "~" : "`"}{${fence.length},}[ \\t]*$`);
    let end = index + 1;
    while (end < lines.length && !close.test(lines[end] ?? "")) end++;
    fences.push(lines.slice(index, end + 1).join("\n"));
    out.push(`${FENCE_MARK}${fences.length - 1}${FENCE_MARK}`);
    index = end;
  }
  return out.join("\n");
}

/** Takes out `export const x = {...}` and its like, to the end of the statement. */
function stripExports(text: string): string {
  if (!text.includes("export ")) return text;
  const lines = text.split("\n");
  const out: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    if (!EXPORT.test(lines[index] ?? "")) {
      out.push(lines[index] ?? "");
      continue;
    }
    let depth = 0;
    for (let end = index; end < lines.length; end++) {
      for (const character of lines[end] ?? "") {
        if ("{[(".includes(character)) depth++;
        else if ("}])".includes(character)) depth--;
      }
      if (depth <= 0) {
        index = end;
        break;
      }
    }
  }
  return out.join("\n");
}

/** Tags, comments and expressions out, their text in. Inline code is copied as it is. */
function stripTags(text: string): string {
  let out = "";
  let from = 0;
  const special = /[`<{\\]/g;
  for (let match = special.exec(text); match !== null; match = special.exec(text)) {
    const at = match.index;
    const taken = takeSpecial(text, at);
    if (taken === undefined) continue;
    out += text.slice(from, at) + taken.text;
    from = taken.end;
    special.lastIndex = taken.end;
  }
  return out + text.slice(from);
}

type Taken = { readonly text: string; readonly end: number };

function takeSpecial(text: string, at: number): Taken | undefined {
  switch (text[at]) {
    case "\\":
      // An escaped character is itself: `\<` is no tag, `\{` no expression.
      return /[<{}>]/.test(text[at + 1] ?? "")
        ? { text: text[at + 1] ?? "", end: at + 2 }
        : { text: text.slice(at, at + 2), end: at + 2 };
    case "`":
      return inlineCode(text, at);
    case "<":
      return text.startsWith("<!--", at) ? comment(text, at) : readTag(text, at);
    default:
      return expression(text, at);
  }
}

function inlineCode(text: string, at: number): Taken {
  const run = /^`+/.exec(text.slice(at, at + 50))?.[0] ?? "`";
  for (let end = text.indexOf(run, at + run.length); end >= 0; end = text.indexOf(run, end + 1)) {
    if (text[end + run.length] === "`" || text[end - 1] === "`") continue;
    // A code span does not cross a paragraph.
    if (/\n[ \t]*\n/.test(text.slice(at, end))) break;
    return { text: text.slice(at, end + run.length), end: end + run.length };
  }
  return { text: run, end: at + run.length };
}

function comment(text: string, at: number): Taken {
  const end = text.indexOf("-->", at);
  return { text: "", end: end < 0 ? text.length : end + 3 };
}

/** `{...}`: string literals keep their text, other expressions say nothing; braces around plain words are words. */
function expression(text: string, at: number): Taken | undefined {
  const end = matchingBrace(text, at);
  if (end === undefined) return undefined;
  const inner = text.slice(at + 1, end - 1);
  const literal = /^\s*(["'`])([\s\S]*)\1\s*$/.exec(inner);
  if (literal !== null) return { text: literal[2] ?? "", end };
  if (/^\s*\/\*/.test(inner)) return { text: "", end };
  const isCode = /^[\w$.[\]\s()]*$/.test(inner) ? !/\w\s+\w/.test(inner) : /[=>&|?:;"'<]/.test(inner);
  return isCode ? { text: "", end } : undefined;
}

/** Index behind the brace that closes the one at `at`, outside of strings; undefined when it is not near. */
export function matchingBrace(text: string, at: number): number | undefined {
  const limit = Math.min(text.length, at + EXPRESSION_CHARACTERS_MAX);
  const isComment = /^\{\s*\/\*/.test(text.slice(at, at + 20));
  if (isComment) {
    const close = /\*\/\s*\}/g;
    close.lastIndex = at;
    return close.exec(text) === null ? undefined : close.lastIndex;
  }
  let depth = 0;
  for (let index = at; index < limit; index++) {
    const character = text[index];
    if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return index + 1;
    else if (character === '"' || character === "`") {
      const close = text.indexOf(character, index + 1);
      if (close > 0 && close < limit) index = close;
    } else if (
      character === "\n" &&
      depth === 1 &&
      text[index + 1] === "\n" &&
      !/^\{\s*[([<\w]/.test(text.slice(at, at + 40))
    )
      return undefined;
  }
  return undefined;
}

const ENTITIES: Readonly<Record<string, string>> = {
  nbsp: " ",
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
  copy: "©",
  reg: "®",
  trade: "™",
  mdash: "—",
  ndash: "–",
  hellip: "…",
  rarr: "→",
  larr: "←",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  times: "×",
  deg: "°",
  middot: "·",
  bull: "•",
};

/** A line of prose without images, link targets and entities; what stands in inline code stays. */
function cleanLine(line: string): string {
  if (!/[[&!]|data:/.test(line)) return line.trimEnd();
  if (/^\s*\[[^\]]+\]:\s*\S+/.test(line)) return "";
  return line
    .split(/(`+[^`]*`+)/)
    .map((part, index) => (index % 2 === 1 ? part : cleanProse(part)))
    .join("")
    .trimEnd();
}

function cleanProse(part: string): string {
  return part
    .replace(/!\[[^\]]*\](?:\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?:\s+["'][^"']*["'])?\)|\[[^\]]*\])/g, "")
    .replace(/data:[\w.+-]+\/[\w.+-]+(?:;[\w=.+-]+)*,[^\s)"'>\]]*/g, "")
    .replace(/\[([^\]]*)\]\((?:<[^>]*>|[^()\s]*(?:\([^()]*\)[^()\s]*)*)(?:\s+["'][^"']*["'])?\)/g, "$1")
    .replace(/&(#x?[\da-f]+|\w+);/gi, (whole, name: string) => entity(name) ?? whole);
}

function entity(name: string): string | undefined {
  if (!name.startsWith("#")) return ENTITIES[name];
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  return code > 31 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
