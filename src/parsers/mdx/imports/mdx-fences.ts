const FENCE = /^[ \t]*(`{3,})mdx-code-block[ \t]*$/;

/** A page whose fences of `mdx-code-block` are opened, as Docusaurus does: what stands in them is MDX, fenced for other tools. */
export function withoutMdxFences(page: string): string {
  if (!page.includes("`mdx-code-block")) return page;
  let mark = "";
  const kept = page.split("\n").filter((line) => {
    const opening = mark === "" ? FENCE.exec(line)?.[1] : undefined;
    const isClosing = mark !== "" && line.trim() === mark;
    if (opening !== undefined) mark = opening;
    if (isClosing) mark = "";
    return opening === undefined && !isClosing;
  });
  return kept.join("\n");
}
