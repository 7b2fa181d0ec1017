import { decodeXml } from "../../text/entities.ts";

/** An attribute of a snippet, and what stands before its code. */
const ATTRIBUTE = /\s*([\w-]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s"':]+)))?/y;
const LANGUAGE = /^[\w#+.-]{1,30}$/;
/** A comment that says how to show the code: it is no part of it. */
const MARKUP = /(?:\/\/|#|<!--|--|\brem\b)[ \t]*@(?:start|end|highlight|replace|link)\b/i;
/** A name of a class becomes one of a file only in the project that it is of. */
const FILE_ATTRIBUTES = ["file", "class"];

/** What a snippet (JEP 413) is made of. */
type Snippet = {
  readonly language: string | undefined;
  /** Undefined where it stands in another file. */
  readonly code: string | undefined;
  readonly file: string;
  readonly region: string | undefined;
};

/** The code of a snippet as a block, or where it is to be found. `text` is what stands behind `{@snippet`. */
export function snippetHtml(text: string): string {
  const { language, code, file, region } = readSnippet(text);
  if (code !== undefined) {
    const name = language !== undefined && LANGUAGE.test(language) ? ` class="language-${language}"` : "";
    return code === "" ? "" : `<pre><code${name}>${escaped(code)}</code></pre>`;
  }
  if (file === "") return "";
  const part = region === undefined ? "" : `, region <code>${escaped(region)}</code>`;
  return `(code: <code>${escaped(file)}</code>${part})`;
}

/** The file that holds the code of a snippet, where it has none of its own. */
export function fileOfSnippet(text: string): string | undefined {
  const { code, file } = readSnippet(text);
  return code === undefined && file !== "" ? file : undefined;
}

function readSnippet(text: string): Snippet {
  const attributes = new Map<string, string>();
  const pattern = new RegExp(ATTRIBUTE);
  let end = 0;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const [, name = "", double, single, bare] = found;
    attributes.set(name, double ?? single ?? bare ?? "");
    end = pattern.lastIndex;
  }
  const colon = /^\s*:/.exec(text.slice(end));
  return {
    language: attributes.get("lang"),
    code: colon === null ? undefined : codeOf(text.slice(end + colon[0].length)),
    file: FILE_ATTRIBUTES.map((name) => attributes.get(name) ?? "").find((name) => name !== "") ?? "",
    region: attributes.get("region") || undefined,
  };
}

/** Without markup, and without the indentation that all lines have. */
function codeOf(body: string): string {
  const lines = body.split("\n").flatMap((line) => {
    const markup = MARKUP.exec(line);
    if (markup === null) return [line.trimEnd()];
    const code = line.slice(0, markup.index).trimEnd();
    return code === "" ? [] : [code];
  });
  const indents = lines.filter((line) => line !== "").map((line) => line.length - line.trimStart().length);
  const indent = indents.reduce((least, own) => Math.min(least, own), Number.POSITIVE_INFINITY);
  const code = lines.map((line) => line.slice(indent)).join("\n");
  return unescaped(code.replace(/^\n+/, "").trimEnd());
}

/** Code is written as it is; where none of its characters is one of markup, and some stand for such, an exporter escaped it. */
function unescaped(code: string): string {
  return /[<>]/.test(code) || !/&[lg]t;/.test(code) ? code : decodeXml(code);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
