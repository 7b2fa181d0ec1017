import { closesFence, type Fence, openFence } from "../../../text/markdown.ts";

const OPENED = /^[ \t]*(`{3,})mdx-code-block[ \t]*$/;

/** A page whose fences of `mdx-code-block` are opened, as Docusaurus does: what stands in them is MDX, fenced for other tools. */
export function withoutMdxFences(page: string): string {
  if (!page.includes("`mdx-code-block")) return page;
  /** Of the one that is opened. */
  let mark = "";
  /** Another one, which may hold what looks like one. */
  let fence: Fence | undefined;
  const kept = page.split("\n").filter((line) => {
    if (fence !== undefined) {
      if (closesFence(line, fence)) fence = undefined;
      return true;
    }
    const opening = mark === "" ? OPENED.exec(line)?.[1] : undefined;
    const isClosing = mark !== "" && line.trim() === mark;
    if (opening !== undefined) mark = opening;
    else if (isClosing) mark = "";
    else fence = openFence(line);
    return opening === undefined && !isClosing;
  });
  return kept.join("\n");
}
