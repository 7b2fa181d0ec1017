import { matchingBrace } from "./strip-mdx.ts";

const TAG_CHARACTERS_MAX = 20_000;

/** HTML elements; anything else in lower case with no dash is not a tag but text, as in `a <b` or `<name>`. */
const HTML = new Set(
  (
    "a abbr address article aside audio b blockquote body br button caption center cite code col colgroup dd del details dfn div dl dt " +
    "em embed figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label legend li link " +
    "main mark menu meta nav noscript object ol option p param picture pre q s samp script section select small source span strike strong " +
    "style sub summary sup svg path g rect circle table tbody td textarea tfoot th thead time title tr tt u ul var video wbr"
  ).split(" "),
);
/** Those that leave the line as it is. */
const INLINE = new Set(
  "a abbr b cite code del dfn em font i ins kbd label mark q s samp small span strike strong sub sup time tt u var wbr".split(
    " ",
  ),
);
/** Those whose content is no text. */
const SILENT = new Set(["script", "style", "svg", "iframe", "head", "noscript"]);
/** Attributes of components that a reader sees. */
const SHOWN_ATTRIBUTES =
  /(?:^|\s)(?:label|title|header|heading|summary|description)\s*=\s*(?:"([^"]*)"|'([^']*)'|\{\s*(["'`])([\s\S]*?)\3\s*\})/g;

/**
 * Reads what begins with `<` at `at`: a tag of HTML or JSX is replaced by what a reader would see of it, an autolink by its
 * target. Undefined when it is just a character, as in `a < b` or `List<String>`.
 */
export function readTag(text: string, at: number): { readonly text: string; readonly end: number } | undefined {
  const autolink = /^<([a-z][\w+.-]*:[^\s<>]*|[^\s<>@]+@[^\s<>]+)>/i.exec(text.slice(at, at + 500));
  if (autolink !== null) return { text: autolink[1] ?? "", end: at + autolink[0].length };
  if (text.startsWith("<>", at)) return { text: "", end: at + 2 };
  if (text.startsWith("</>", at)) return { text: "", end: at + 3 };
  const open = /^<(\/?)([A-Za-z][\w.-]*)(?=[\s/>])/.exec(text.slice(at, at + 100));
  if (open === null) return undefined;
  const [, slash = "", name = ""] = open;
  const component = /^[A-Z]/.test(name);
  if (!component && !name.includes("-") && !HTML.has(name.toLowerCase())) return undefined;
  // `List<String>`: a type argument follows its type without a space.
  if (component && slash === "" && /[\w)]/.test(text[at - 1] ?? "")) return undefined;
  const end = endOfTag(text, at + open[0].length);
  if (end === undefined) return undefined;
  const attributes = text.slice(at + open[0].length, end - 1);
  const lower = name.toLowerCase();

  if (SILENT.has(lower) && slash === "" && !attributes.trimEnd().endsWith("/")) {
    const close = new RegExp(`</${lower}\\s*>`, "gi");
    close.lastIndex = end;
    return { text: "", end: close.exec(text) === null ? end : close.lastIndex };
  }
  if (lower === "br" && !component) return { text: "\n", end };
  if (!component && INLINE.has(lower)) return { text: "", end };
  if (!component && (lower === "td" || lower === "th")) return { text: slash === "" ? " " : " |", end };
  if (lower === "li" && !component && slash === "") return { text: "\n- ", end };
  if (/^h[1-6]$/.test(lower) && slash === "") return { text: `\n\n${"#".repeat(Number(lower[1]))} `, end };
  const shown = component && slash === "" ? shownAttributes(attributes) : "";
  // A component within a line of text leaves the line whole; one that stands alone separates what is around it.
  const alone = /(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, at - 200), at));
  if (component && !alone && shown === "") return { text: "", end };
  return { text: shown === "" ? "\n\n" : `\n\n${shown}\n\n`, end };
}

function shownAttributes(attributes: string): string {
  return [...attributes.matchAll(SHOWN_ATTRIBUTES)]
    .map((match) => match[1] ?? match[2] ?? match[4] ?? "")
    .filter((value) => value.trim() !== "")
    .join("\n\n");
}

/** Index behind the `>` that ends a tag, outside of strings and expressions. */
function endOfTag(text: string, from: number): number | undefined {
  const limit = Math.min(text.length, from + TAG_CHARACTERS_MAX);
  for (let index = from; index < limit; index++) {
    const character = text[index];
    if (character === ">") return index + 1;
    if (character === '"' || character === "'") {
      const close = text.indexOf(character, index + 1);
      if (close < 0 || close >= limit) return undefined;
      index = close;
    } else if (character === "{") {
      const close = matchingBrace(text, index);
      if (close === undefined) return undefined;
      index = close - 1;
    } else if (character === "<") return undefined;
  }
  return undefined;
}
