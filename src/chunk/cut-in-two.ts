import { closesFence, type Fence, openFence } from "../text/markdown.ts";

/** Where a text is cut, the best first: between paragraphs, lines, sentences, words. */
const JOINTS = [/\n\s*\n/g, /\n/g, /(?<=[.!?:;])\s+|(?<=[。！？；])/g, /\s+/g];
/** A joint counts when neither half gets less than this share of the text. */
const SHARE_MIN = 0.25;

/**
 * The two halves of a chunk that is too long for its model, both with its context header. Code that is cut is fenced in
 * both. Undefined when there is nothing left to cut.
 */
export function cutInTwo(content: string, contextHeader: string): readonly [string, string] | undefined {
  const prefix = contextHeader === "" ? "" : `${contextHeader}\n\n`;
  const text = content.slice(prefix.length).trim();
  const halves = atJoint(text) ?? betweenCharacters(text);
  if (halves.some((half) => half === "")) return undefined;
  const [first, second] = fenced(halves, text.length);
  return [prefix + first, prefix + second];
}

/** Cut at the joint nearest to the middle. */
function atJoint(text: string): readonly [string, string] | undefined {
  const middle = text.length / 2;
  for (const pattern of JOINTS) {
    const joints = [...text.matchAll(pattern)]
      .map((match) => ({ start: match.index, end: match.index + match[0].length }))
      .filter(({ start, end }) => Math.min(start, text.length - end) >= text.length * SHARE_MIN);
    const [first, ...others] = joints;
    if (first === undefined) continue;
    const best = others.reduce(
      (one, other) => (Math.abs(other.start - middle) < Math.abs(one.start - middle) ? other : one),
      first,
    );
    return [text.slice(0, best.start), text.slice(best.end)];
  }
  return undefined;
}

function betweenCharacters(text: string): readonly [string, string] {
  const characters = [...text];
  const middle = Math.ceil(characters.length / 2);
  return [characters.slice(0, middle).join("").trimEnd(), characters.slice(middle).join("").trimStart()];
}

/** Closes a code block that the cut leaves open, and opens it again, unless that would make a half as long as the whole. */
function fenced([first, second]: readonly [string, string], lengthMax: number): readonly [string, string] {
  let open: { readonly line: string; readonly fence: Fence } | undefined;
  for (const line of first.split("\n")) {
    const fence = open === undefined ? openFence(line) : undefined;
    if (fence !== undefined) open = { line, fence };
    else if (open !== undefined && closesFence(line, open.fence)) open = undefined;
  }
  if (open === undefined) return [first, second];
  const closed = [`${first}\n${open.fence.mark}`, `${open.line}\n${second}`] as const;
  return closed.every((half) => half.length < lengthMax) ? closed : [first, second];
}
