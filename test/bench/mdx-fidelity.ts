// Holds what is read of Docusaurus pages against the pages themselves: every line of every code block is there, in order and
// unchanged, and outside of code nothing is left of JSX, statements, admonitions, comments or data URIs.
// bun test/bench/mdx-fidelity.ts FOLDER ...
import { decodeText } from "../../src/parsers/decode-text.ts";
import { readFrontMatter } from "../../src/parsers/mdx/front-matter.ts";
import { readPage } from "../../src/parsers/mdx/read-page.ts";

const FENCE = /^[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*(`{3,}(?=[^`]*$)|~{3,})/;
const LEFT = [
  [/<\/[A-Za-z][\w.]*>|<[A-Z]\w*(?:\s[^<>]*)?\/>|<[a-z]+\s+(?:class|style|href|id|src)\w*=/, "tag"],
  [/^\s*import\s.*\sfrom\s+['"]/, "import"],
  [/^\s*export\s+(?:const|default|function)\b/, "export"],
  [/^\s*:{3,}/, "admonition"],
  [/<!--|-->|\{\/\*/, "comment"],
  [/data:\w+\/[\w+-]+;base64,/, "data URI"],
] as const;

const counts = { pages: 0, bytes: 0, fenceLines: 0, changed: 0, left: 0 };
const started = process.cpuUsage();
let spent = 0;
for (const folder of process.argv.slice(2)) {
  for (const path of [...new Bun.Glob("**/*.{md,mdx}").scanSync(folder)].toSorted()) {
    const { body } = readFrontMatter(decodeText(await Bun.file(`${folder}/${path}`).bytes()));
    const before = process.cpuUsage();
    const { content } = await readPage(body);
    const used = process.cpuUsage(before);
    spent += used.user + used.system;
    counts.pages++;
    counts.bytes += body.length;
    compareCode(path, codeLines(body), codeLines(content));
    for (const line of proseLines(content)) {
      const kind = LEFT.find(([pattern]) => pattern.test(line))?.[1];
      if (kind === undefined) continue;
      counts.left++;
      console.log(`${path}: ${kind} left: ${line.slice(0, 120)}`);
    }
  }
}
const total = process.cpuUsage(started);
console.log(
  `${counts.pages} pages; ${counts.fenceLines} lines in code blocks, ${counts.changed} missing or changed; ` +
    `${counts.left} lines with markup left; ${(counts.bytes / spent).toFixed(2)} MB/s of processor time ` +
    `(${((total.user + total.system) / 1e6).toFixed(1)} s in all)`,
);

/** Each line of code must be found behind the one before it; additional code is made of elements. */
function compareCode(path: string, file: readonly string[], read: readonly string[]): void {
  let at = 0;
  for (const line of file) {
    counts.fenceLines++;
    const found = read.indexOf(line, at);
    if (found >= 0) at = found + 1;
    else {
      counts.changed++;
      console.log(`${path}: code changed: ${line.slice(0, 120)}`);
    }
  }
}

function codeLines(text: string): string[] {
  return split(text).code;
}

/** Without inline code. */
function proseLines(text: string): string[] {
  return split(text).prose.map((line) => line.replace(/(`+)(?:(?!\1).)+\1/g, ""));
}

function split(text: string): { readonly code: string[]; readonly prose: string[] } {
  const code: string[] = [];
  const prose: string[] = [];
  let mark = "";
  let inComment = false;
  for (const line of text.split("\n")) {
    if (inComment || (mark === "" && /^\s*<!--/.test(line))) {
      inComment = !line.includes("-->");
      if (/^\s*<!--.*-->./.test(line)) prose.push(line.slice(line.indexOf("-->") + 3));
    } else if (mark === "") {
      mark = FENCE.exec(line)?.[1] ?? "";
      if (mark === "") prose.push(line);
    } else if (line.replace(/^[ \t>]*/, "").startsWith(mark) && new RegExp(`^[ \t>]*${mark[0]}+[ \t]*$`).test(line)) {
      mark = "";
    } else code.push(line);
  }
  return { code, prose };
}
