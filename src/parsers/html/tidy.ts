import { closesFence, type Fence, openFence } from "../../text/markdown.ts";

/** Markdown without white space at the ends of lines and more than one empty line in a row; code stays as it is. */
export function tidy(markdown: string): string {
  const lines: string[] = [];
  let fence: Fence | undefined;
  for (const line of markdown.split("\n")) {
    if (fence !== undefined) {
      lines.push(line);
      if (closesFence(line, fence)) fence = undefined;
      continue;
    }
    fence = openFence(line);
    // Not by a pattern: it would try each space of a long run.
    const text = line.trimEnd();
    if (text !== "" || lines.at(-1) !== "") lines.push(text);
  }
  return lines.join("\n").trim();
}
