import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const LETTERS = 26;
const FENCE = /^\s*(```|~~~)/;
/** Lines with markup or code in them stay as they are, so that a page is read as its original is. */
const MARKUP = /[<>{}[\]`:|=]|^\s*(import|export)\b/;

/** What becomes of a page: Markdown as it was, or remarks of a program, which take next to no time to read. */
export type Kind = "mdx" | "bbj";

/**
 * Writes the Markdown pages below `from` `copies` times below `to`, in each copy with other words: a chunk of one is no
 * chunk of another, and all are as hard to read as the originals.
 */
export function writeVaried(from: string, to: string, { copies, kind }: { copies: number; kind: Kind }): void {
  for (const name of readdirSync(from, { recursive: true, encoding: "utf8" })) {
    if (!/\.mdx?$/.test(name)) continue;
    const text = readFileSync(join(from, name), "utf8");
    for (let copy = 0; copy < copies; copy++) {
      const path = join(to, `copy-${copy}`, kind === "mdx" ? name : `${name}.bbj`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, kind === "mdx" ? varied(text, copy) : remarks(moved(text, copy)));
    }
  }
}

function remarks(text: string): string {
  const lines = text.split("\n").map((line) => (line.trim() === "" ? "" : `rem ${line}`));
  return `${lines.join("\n")}\nprint "done"\n`;
}

/** The text with the small letters of its prose moved on by `by` in the alphabet. */
function varied(text: string, by: number): string {
  let fenced = false;
  return text
    .split("\n")
    .map((line) => {
      if (FENCE.test(line)) fenced = !fenced;
      const isProse = !fenced && !FENCE.test(line) && (!MARKUP.test(line) || /^#+ /.test(line));
      return isProse ? line.replace(/(?<![\w<{/])[a-z]{3,}(?![\w>}/(])/g, (word) => moved(word, by)) : line;
    })
    .join("\n");
}

function moved(text: string, by: number): string {
  return text.replace(/[a-z]/g, (letter) => String.fromCharCode(97 + ((letter.charCodeAt(0) - 97 + by) % LETTERS)));
}
