import { expect, test } from "bun:test";
import { chunkHeader } from "../../src/chunk/chunk-header.ts";
import { groupCode } from "../../src/chunk/group-code.ts";
import { cutInTwo } from "../../src/chunk/cut-in-two.ts";
import { classifyAnswer } from "../../src/embed/classify.ts";
import { quoted, readServerError } from "../../src/embed/error-text.ts";
import { documentType } from "../../src/enrich/document-type.ts";
import { describe as describeCode, describeResource } from "../../src/parsers/bbj-source/describe.ts";
import { recognise } from "../../src/parsers/bbj-source/recognise.ts";
import { readFragment } from "../../src/parsers/flare/read-xml.ts";
import { referencesOf } from "../../src/parsers/flare/snippets.ts";
import { isBuiltPage } from "../../src/parsers/flare/source-files.ts";
import { withoutPlaceholders } from "../../src/parsers/flare/variables.ts";
import { readDescription } from "../../src/parsers/javadoc/doc-comment.ts";
import { meaningfulAlternative, titleIn } from "../../src/parsers/mdx/inline-rules.ts";
import { importsIn } from "../../src/parsers/mdx/imports/page-imports.ts";
import { statementsEnd } from "../../src/parsers/mdx/javascript.ts";
import { boundedTitle, pageName, readableName, withoutNumberPrefix } from "../../src/parsers/titles.ts";
import { decodePage } from "../../src/parsers/web/decode-page.ts";
import { pageUrl } from "../../src/parsers/web/page-url.ts";
import { classifyDatabaseError } from "../../src/store/driver/classify.ts";
import { decodeEntities, decodeXml } from "../../src/text/entities.ts";
import {
  closesFence,
  codeSpan,
  headingOf,
  isItem,
  openFence,
  withoutDataUris,
  withoutLongData,
} from "../../src/text/markdown.ts";
import { maskCredentials, maskSecrets } from "../../src/text/mask-credentials.ts";
import { printable, printableJson, stripped } from "../../src/text/printable.ts";

const LENGTH = 1_000_000;
/** Where more than patterns is at work: a quadratic time is minutes all the same. */
const SHORTER_LENGTH = 50_000;
/** Ten times what the slowest takes: what is asked here is whether a text is read once, and the other answer is minutes. */
const CPU_MS_MAX = 800;
const RUNS_MAX = 4;
const TRIAL_LENGTH = 20_000;
const WORST_UNITS = 4;

const hints = { address: "", unreachable: "", modelMissing: "", unauthorized: "", notAnEmbedder: "" };
const server = {
  ...{ label: "http://h:1", model: "m", secrets: ["key", "sk-0123456789abcdef"] },
  hints: { ...hints, modelsDiffer: "", shortening: "" },
};
const answered = (status: number) => (text: string) =>
  classifyAnswer(server, { status, body: text, retryAfterMs: undefined });
const answeredWith = (status: number, wrap: (text: string) => object) => (text: string) =>
  answered(status)(JSON.stringify(wrap(text)));

/** Whatever looks at text that others wrote, as far as it can be reached alone. */
const READERS: readonly (readonly [string, (text: string) => unknown, number?])[] = [
  ...[200, 400, 404, 429, 500].flatMap((status) => [
    [`an error body (${status})`, answered(status)] as const,
    [`a message (${status})`, answeredWith(status, (text) => ({ error: { message: text, type: text } }))] as const,
    [`a kind (${status})`, answeredWith(status, (text) => ({ error: { message: "x", type: text } }))] as const,
  ]),
  ["a page", (text) => readServerError(`<${text}`)],
  ["a quotation", (text) => quoted(text, ["key", "sk-0123456789abcdef"])],
  ["a text with credentials", maskCredentials],
  ["a text with secrets", (text) => maskSecrets(text, ["key", "token", "aaaaaaaaaaaaaaaa", "basic"])],
  ["a line", printable],
  ["a line of another program", stripped],
  ["JSON", (text) => printableJson(JSON.stringify(text))],
  [
    "a message of a database",
    (text) => classifyDatabaseError(Object.assign(new Error(text), { errno: "53100" }), "db"),
  ],
  ["a heading", (text) => chunkHeader("", [text], 400)],
  ["a chunk", (text) => cutInTwo(text, ""), SHORTER_LENGTH],
  ["headings that tell a type", (text) => documentType("a.md", `# ${text}\n## x`)],
  ["a comment", (text) => describeCode(`rem ${text}`, "a.bbj")],
  ["a resource file", describeResource],
  ["what may be BBj", (text) => recognise("a.aon", new Uint8Array(), text)],
  ["code", (text) => groupCode(text.split("\n"), 400)],
  ["code between braces", (text) => groupCode([...braced(text, "{"), ...braced(text, "}")], 400), SHORTER_LENGTH],
  ["references of a topic", referencesOf],
  ["a page that may be built", isBuiltPage],
  ["a page's tag", (text) => isBuiltPage(`<html ${text}><script ${text}`)],
  ["a piece of a page", readFragment, SHORTER_LENGTH],
  ["a text with variables", (text) => withoutPlaceholders(text, () => "")],
  ["an image's words", meaningfulAlternative],
  ["a title", (text) => titleIn(`{${text}}`)],
  ["a statement", (text) => statementsEnd(`import ${text}`, 0, text.length + 7)],
  [
    "what a page imports",
    (text) => importsIn(`import A from "./a.md"\nimport b from "raw-loader!./b"\n${text}\n<A />{b}`),
  ],
  ["a page's title", boundedTitle],
  ["a file's name", readableName],
  ["a numbered name", withoutNumberPrefix],
  ["a title that may be a site's", (text) => pageName(text, "x")],
  ["a page in an unknown charset", (text) => decodePage(new TextEncoder().encode(text), text)],
  ["an address", (text) => pageUrl(`/a${text}`, "https://h.invalid/")],
  ["character references", decodeEntities],
  ["character references of XML", decodeXml],
  ["a fence", openFence],
  ["a fence's end", (text) => closesFence(`\`\`\`${text}`, { prefix: "", mark: "```" })],
  ["a line that may be a heading", (text) => headingOf(`# ${text}`)],
  ["a line that may be an item", isItem],
  ["data URIs", withoutDataUris],
  ["long data URIs", withoutLongData],
  ["inline code", codeSpan],
  ["a Javadoc comment", (text) => readDescription(`/** {@code ${text} */`), SHORTER_LENGTH],
];

function braced(text: string, brace: string): string[] {
  return text.split("\n").map((line) => (brace === "{" ? `${line}{` : brace));
}

/** What makes a pattern begin again and again, or go far for nothing. */
const UNITS = [
  ...["a", "A", "0", " ", "\t", "\n", "_", "-", "=", "*", "#", "`", "/", "\\", '"', "'", ".", ":", ";", "&", "@", "é"],
  ...["[", "]", "(", "{", "}", "<", "![", "[](", "[a](b", "{@", "{@a ", '="', "a ", " a", "\n ", "a\n", "\r\n"],
  ...[
    "<title>",
    "<meta ",
    "<html ",
    " src='MadCap",
    "<script src='",
    "<!--",
    "</",
    "<a ",
    '<a b="',
    "model ",
    "models ",
    "input ",
    "tokens ",
    "batch size ",
  ],
  ...[
    "basic ",
    "Bearer ",
    "bearer a",
    "key: ",
    "http://",
    "a://",
    "://a",
    "data:a/b;",
    "data:",
    "&#",
    "&#x",
    "&amp",
    "-_",
  ],
  ...['title="', "import ", " from ", "type ", "~~~", "> ", "1. ", "| ", "[%=", "<MadCap:snippetText ", " src=", "__a"],
];

/** The least time of the processor that a reader takes, of a few runs: others are at work on it, too. */
function cpuMs(read: (text: string) => unknown, text: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS_MAX && least >= CPU_MS_MAX; run++) {
    const before = process.cpuUsage();
    read(text);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

const filled = (unit: string, length: number) => [
  unit.repeat(Math.floor(length / unit.length)),
  `x${unit.repeat(Math.floor(length / unit.length))}\u0001`,
];

test.each(READERS)("%s of a million characters is read in a moment, whatever it is", (_, read, length = LENGTH) => {
  // What is worst shows in a short text; only that is tried in a long one.
  const worst = UNITS.map((unit) => {
    const ms = filled(unit, TRIAL_LENGTH).reduce((sum, text) => sum + cpuMs(read, text), 0);
    return { unit, ms };
  }).toSorted((one, other) => other.ms - one.ms);
  const slow = worst.slice(0, WORST_UNITS).flatMap(({ unit }) =>
    filled(unit, length).flatMap((text) => {
      const ms = cpuMs(read, text);
      return ms < CPU_MS_MAX ? [] : [`${JSON.stringify(unit)}: ${Math.round(ms)} ms`];
    }),
  );
  expect(slow).toEqual([]);
});
