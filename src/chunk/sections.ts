import type { Block } from "./blocks.ts";

/** A heading with what stands below it. The root has level 0 and no heading. */
export type Section = {
  readonly level: number;
  readonly heading: string;
  readonly blocks: Exclude<Block, { kind: "heading" }>[];
  readonly children: Section[];
};

/** Nests blocks under their headings. */
export function sectionTree(blocks: readonly Block[]): Section {
  const root: Section = { level: 0, heading: "", blocks: [], children: [] };
  const open = [root];
  for (const block of blocks) {
    if (block.kind !== "heading") {
      open.at(-1)?.blocks.push(block);
      continue;
    }
    while ((open.at(-1)?.level ?? 0) >= block.level) open.pop();
    const section: Section = { level: block.level, heading: block.text, blocks: [], children: [] };
    open.at(-1)?.children.push(section);
    open.push(section);
  }
  return root;
}
