import { closesFence, type Fence, leavesQuote, openFence } from "../../../text/markdown.ts";
import { withoutMdxFences } from "./mdx-fences.ts";

/** A file that a page imports and shows. */
export type PageImport = {
  /** What the page calls it; "" for one that is required where it is shown. */
  readonly name: string;
  /** Without loaders: `./_part.mdx`, `@site/samples/a.bbj`. */
  readonly request: string;
  /** Whether it is shown as a page is, or as it stands. */
  readonly as: "page" | "code";
};

const IMPORT = /^import(?=[\s{])/gm;
const CLAUSE_CHARACTERS_MAX = 500;
const STRING = /^(["'])((?:(?!\1)[^\\\n]|\\.){1,1000})\1/;
const DEFAULT = /^([\w$]+)\s*(?:,|$)/;
const DEFAULT_AS = /[{,]\s*default\s+as\s+([\w$]+)/;
const REQUIRED =
  /^(?:export\s{1,10})?const\s{1,10}([\w$]+)\s{0,10}=\s{0,10}require\(\s{0,10}(["'])((?:(?!\2)[^\\\n]|\\.){1,1000})\2/gm;
const REQUIRE = /\brequire\(\s{0,10}(["'])((?:(?!\1)[^\\\n]|\\.){1,1000})\1/g;
/** For most pages that is all that is asked. */
const MAY_IMPORT = /raw-loader|\.mdx?["'?]|[?&]raw["'&]/;
const TAG = /<([A-Za-z_$][\w$]*)(?=[\s/>])/g;
const TEMPLATE = /\{\s{0,100}`[^`]*`\s{0,100}\}/g;
const CODE_SPAN = /`[^`\n]*`/g;
const WORD = /[A-Za-z_$][\w$]*/g;

/**
 * The pages and the texts that a page of MDX imports and shows, found by patterns: pages that have not changed are not parsed.
 * What stands in code and in comments is none.
 */
export function importsIn(page: string): readonly PageImport[] {
  if (!MAY_IMPORT.test(page)) return [];
  const all = withoutComments(withoutFences(withoutMdxFences(page)));
  const text = all.replace(TEMPLATE, "");
  const found: PageImport[] = [];
  const statements = importStatements(text);
  for (const { clause, specifier } of statements) {
    const request = requestOf(specifier);
    const name = (DEFAULT.exec(clause) ?? DEFAULT_AS.exec(clause))?.[1];
    if (request !== undefined && name !== undefined) found.push({ name, ...request });
  }
  for (const [, name = "", , specifier = ""] of text.matchAll(REQUIRED)) {
    const request = requestOf(specifier);
    if (request !== undefined) found.push({ name, ...request });
  }
  const rest = withoutStatements(all).replace(REQUIRED, "");
  const has = (as: PageImport["as"]) => found.some((each) => each.as === as);
  const tags = has("page") ? namesIn(text.replace(CODE_SPAN, ""), TAG) : NO_NAMES;
  const words = has("code") ? namesIn(rest, WORD) : NO_NAMES;
  const shown = found.filter(({ name, as }) => (as === "page" ? tags : words).has(name));
  for (const [, , specifier = ""] of rest.matchAll(REQUIRE)) {
    const request = requestOf(specifier);
    if (request?.as === "code") shown.push({ name: "", ...request });
  }
  return shown;
}

type ImportStatement = {
  readonly start: number;
  readonly end: number;
  readonly clause: string;
  readonly specifier: string;
};

/** `import clause from "specifier"`; not one pattern for all of it, which would try each pair of places. */
function importStatements(text: string): readonly ImportStatement[] {
  return Array.from(text.matchAll(IMPORT)).flatMap(({ index: start }) => {
    const from = start + "import".length;
    const head = text.slice(from, from + CLAUSE_CHARACTERS_MAX);
    const behind = head.search(/["'`;=()]/);
    const words = head.slice(0, Math.max(0, behind)).trim();
    const string = words.endsWith("from") ? STRING.exec(text.slice(from + behind, from + behind + 1002)) : null;
    if (string === null) return [];
    const [whole, , specifier = ""] = string;
    return [{ start, end: from + behind + whole.length, clause: words.slice(0, -"from".length).trim(), specifier }];
  });
}

function withoutStatements(text: string): string {
  const kept: string[] = [];
  let at = 0;
  for (const { start, end } of importStatements(text)) {
    if (start < at) continue;
    kept.push(text.slice(at, start));
    at = end;
  }
  return kept.join("") + text.slice(at);
}

/** What a specifier asks for, when that is shown as text: `!!raw-loader!./a.bbj`, `./a.bbj?raw`, `./a.mdx`. */
export function requestOf(specifier: string): Pick<PageImport, "request" | "as"> | undefined {
  const unescaped = specifier.replace(/\\(.)/g, "$1");
  const behindLoaders = unescaped.lastIndexOf("!") + 1;
  const [request = "", query = ""] = unescaped.slice(behindLoaders).split("?", 2);
  const isRaw = unescaped.slice(0, behindLoaders).includes("raw-loader") || /(?:^|&)raw(?:$|[&=])/.test(query);
  if (isRaw) return { request, as: "code" };
  return behindLoaders === 0 && /\.mdx?$/i.test(request) ? { request, as: "page" } : undefined;
}

const NO_NAMES: ReadonlySet<string> = new Set();

function namesIn(text: string, pattern: RegExp): ReadonlySet<string> {
  return new Set(Array.from(text.matchAll(pattern), ([word, name]) => name ?? word));
}

function withoutFences(page: string): string {
  let fence: Fence | undefined;
  const lines: string[] = [];
  for (const line of page.split("\n")) {
    if (fence === undefined) {
      fence = openFence(line);
      lines.push(fence === undefined ? line : "");
    } else if (closesFence(line, fence)) {
      fence = undefined;
    } else if (leavesQuote(line, fence)) {
      fence = openFence(line);
      lines.push(fence === undefined ? line : "");
    }
  }
  return lines.join("\n");
}

function withoutComments(text: string): string {
  return COMMENTS.reduce((rest, [open, close]) => without(rest, open, close), text);
}

const COMMENTS = [
  ["<!--", "-->"],
  ["{/*", "*/}"],
] as const;

/** Without what stands between two marks; each place is looked at once. */
function without(text: string, open: string, close: string): string {
  const kept: string[] = [];
  let at = 0;
  for (let start = text.indexOf(open); start >= 0; start = text.indexOf(open, at)) {
    const end = text.indexOf(close, start + open.length);
    if (end < 0) break;
    kept.push(text.slice(at, start));
    at = end + close.length;
  }
  kept.push(text.slice(at));
  return kept.join("");
}
