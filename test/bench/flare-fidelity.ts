import { select } from "hast-util-select";
import type { Nodes } from "hast";
import { basename, dirname, join } from "node:path";
import { flare } from "../../src/parsers/flare/entry.ts";
import { BLOCKS } from "../../src/parsers/html/elements.ts";
import { parseHtml } from "../../src/parsers/html/parse-html.ts";
import { readAll, sourceOf } from "../support/read-source.ts";

/**
 * Reads a Flare project and says how fast that was, what was not ingested and why, and, given the built help of the same
 * project, on which pages the words are not the same:
 * `bun test/bench/flare-fidelity.ts PROJECT [BUILT_HELP]`
 */
const AGREEMENT_MIN = 0.98;
const WORDS_SHOWN = 12;
const NOT_TEXT = new Set(["script", "style", "noscript", "head"]);

const [project, built] = process.argv.slice(2);
if (project === undefined) throw new Error("usage: bun test/bench/flare-fidelity.ts PROJECT [BUILT_HELP]");

const before = process.cpuUsage();
const { documents, notes } = await readAll(
  flare,
  sourceOf({ parser: "flare", dataDir: dirname(project), paths: [basename(project)] }),
);
const cpu = process.cpuUsage(before);
const seconds = (cpu.user + cpu.system) / 1e6;
const folder = join(project, "Content");
const sizes = await Promise.all(documents.map(({ sourceUrl }) => Bun.file(join(folder, pathOf(sourceUrl))).size));
const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
const rate = `${(documents.length / seconds).toFixed(0)} topics/s, ${(megabytes / seconds).toFixed(1)} MB/s`;
console.log(`${documents.length} topics of ${megabytes.toFixed(1)} MB in ${seconds.toFixed(1)} s of CPU: ${rate}`);
for (const { kind, path, reason } of notes) console.log(`${kind}: ${path}: ${reason}`);

if (built !== undefined) {
  let same = 0;
  for (const { sourceUrl, content } of documents) {
    const page = Bun.file(join(built, pathOf(sourceUrl)));
    const tree = parseHtml((await page.exists()) ? await page.text() : "");
    const theirs = wordsOf(textOf(select("#mc-main-content, [role=main]", tree) ?? tree));
    const ours = wordsOf(withoutMarks(content));
    const common = ours.intersection(theirs).size;
    const agreement = common / Math.max(ours.union(theirs).size, 1);
    if (agreement >= AGREEMENT_MIN) same++;
    else
      console.log(`${agreement.toFixed(3)} ${sourceUrl}: ours ${shown(ours, theirs)}; theirs ${shown(theirs, ours)}`);
  }
  console.log(`${same} of ${documents.length} pages have at least ${AGREEMENT_MIN} of their words in common`);
}

function pathOf(sourceUrl: string): string {
  return sourceUrl.slice(sourceUrl.indexOf("Content/") + "Content/".length);
}

function wordsOf(text: string): Set<string> {
  return new Set(
    text
      .toLowerCase()
      .normalize("NFKC")
      .match(/[\p{L}\p{N}]+/gu) ?? [],
  );
}

/** Without what is ours alone: marks of Markdown and of exponents, numbers of list items, and TeX, which a built help shows as pictures. */
function withoutMarks(markdown: string): string {
  return markdown
    .replace(/\*\*|`|\^/g, "")
    .replace(/\$[^$\n]*\\[^$\n]*\$/g, " ")
    .replace(/^\s*\d+[.)] /gm, "");
}

function textOf(node: Nodes): string {
  if (node.type === "text") return node.value;
  if (!("children" in node) || (node.type === "element" && NOT_TEXT.has(node.tagName))) return "";
  const text = node.children.map(textOf).join("");
  return node.type === "element" && (BLOCKS.has(node.tagName) || node.tagName === "br") ? ` ${text} ` : text;
}

function shown(words: ReadonlySet<string>, others: ReadonlySet<string>): string {
  return `"${[...words.difference(others)].slice(0, WORDS_SHOWN).join(" ")}"`;
}
