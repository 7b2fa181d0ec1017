// Holds our reading of MDX against micromark's own MDX parser, word by word, over a folder of Docusaurus pages.
//   bun test/bench/mdx-oracle.ts DIR
// The strict parser takes a page only after what Docusaurus does first: comments and heading ids out, admonitions opened.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { mdxFromMarkdown } from "mdast-util-mdx";
import { mdxjs } from "micromark-extension-mdxjs";
import { decodeText } from "../../src/parsers/decode-text.ts";
import { closesFence, openFence } from "../../src/parsers/mdx/fences.ts";
import { readFrontMatter } from "../../src/parsers/mdx/front-matter.ts";
import { readPage } from "../../src/parsers/mdx/read-page.ts";

const SHOWN_MAX = 20;
const INLINE = new Set(["text", "inlineCode", "emphasis", "strong", "link", "delete", "mdxJsxTextElement"]);

const folder = process.argv[2];
if (folder === undefined) throw new Error("name a folder");
const totals = { pages: 0, refusedAsTheyStand: 0, refused: 0, words: 0, missing: 0, oursMs: 0, theirsMs: 0, bytes: 0 };
const found: { readonly path: string; readonly missing: readonly string[] }[] = [];

for (const path of [...new Bun.Glob("**/*.{md,mdx}").scanSync(folder)].toSorted()) {
  const { body } = readFrontMatter(decodeText(readFileSync(join(folder, path))));
  totals.pages++;
  totals.bytes += body.length;
  if (parsed(body) === undefined) totals.refusedAsTheyStand++;
  const since = performance.now();
  const ours = wordsOf(readPage(body).content);
  totals.oursMs += performance.now() - since;
  const tree = parsed(asDocusaurus(body));
  if (tree === undefined) {
    totals.refused++;
    continue;
  }
  const theirs = wordsOf(textOf(tree));
  const missing = [...theirs].filter((word) => !ours.has(word));
  totals.words += theirs.size;
  totals.missing += missing.length;
  if (missing.length > 0) found.push({ path, missing });
}

console.log(JSON.stringify(totals));
console.log(`${((100 * (totals.words - totals.missing)) / totals.words).toFixed(2)}% of its words are in ours`);
for (const { path, missing } of found
  .toSorted((one, other) => other.missing.length - one.missing.length)
  .slice(0, SHOWN_MAX)) {
  console.log(`${path}: ${missing.length} missing: ${missing.slice(0, 8).join(" ")}`);
}

function parsed(text: string): Nodes | undefined {
  const since = performance.now();
  try {
    return fromMarkdown(text, { extensions: [mdxjs()], mdastExtensions: [mdxFromMarkdown()] });
  } catch {
    return undefined;
  } finally {
    totals.theirsMs += performance.now() - since;
  }
}

function asDocusaurus(body: string): string {
  const out: string[] = [];
  let prose: string[] = [];
  let fence: ReturnType<typeof openFence>;
  const endProse = () => {
    const text = prose.join("\n").replace(/<!--[^]*?-->/g, "");
    out.push(text.replace(/(^#{1,6} .*?)\s*\{#[\w-]+\}\s*$/gm, "$1").replace(/^(\s*:{3,}\w*)(.*)$/gm, "$2"));
    prose = [];
  };
  for (const line of body.split("\n")) {
    const opened = fence === undefined ? openFence(line) : undefined;
    if (opened !== undefined) endProse();
    if (fence === undefined && opened === undefined) prose.push(line);
    else out.push(line);
    fence = fence === undefined ? opened : closesFence(line, fence) ? undefined : fence;
  }
  endProse();
  return out.join("\n");
}

function textOf(node: Nodes): string {
  const own =
    "value" in node && (node.type === "text" || node.type === "inlineCode" || node.type === "code") ? node.value : "";
  const inner = "children" in node ? node.children.map(textOf).join("") : "";
  return own + inner + (INLINE.has(node.type) ? "" : "\n");
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []);
}
