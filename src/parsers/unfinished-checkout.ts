import { dirname, isAbsolute, resolve } from "node:path";
import { closesFence, type Fence, openFence } from "../text/markdown.ts";
import { exists } from "./source-folders.ts";

/** Longer files are no pointers. */
const POINTER_BYTES_MAX = 1024;
/** As long as a path may be on Linux. */
const LINK_BYTES_MAX = 4096;
const POINTERS: readonly (readonly [RegExp, string])[] = [
  [
    /^version https:\/\/(?:git-lfs|hawser)\.github\.com\/spec\/v\d+\r?\n(?:[^]*\n)?oid /,
    "a Git LFS pointer: run git lfs pull",
  ],
  [/^\/annex\/objects\/\S+\s*$/, "a git-annex pointer: run git annex get"],
];
const LATIN1 = new TextDecoder("latin1");
const ENCRYPTED = "\0GITCRYPT\0";
const [OURS, BETWEEN, THEIRS] = ["<<<<<<< ", /^=======\s*$/, ">>>>>>> "] as const;

/** Why a file is not there, though something of its name is; undefined when it is. */
export function pointerIn(bytes: Uint8Array): string | undefined {
  // Asked of every file: most are seen to be none without a text made of them.
  if (bytes.length > POINTER_BYTES_MAX && bytes[0] !== 0) return undefined;
  const head = LATIN1.decode(bytes.subarray(0, POINTER_BYTES_MAX));
  if (head.startsWith(ENCRYPTED)) return "encrypted by git-crypt: run git-crypt unlock";
  if (bytes.length > POINTER_BYTES_MAX) return undefined;
  return POINTERS.find(([pattern]) => pattern.test(head))?.[1];
}

/** What a link leads to that was checked out as a file with its path in it (Git and Subversion do so on Windows). */
export async function linkIn(bytes: Uint8Array, absolute: string): Promise<string | undefined> {
  if (bytes.length === 0 || bytes.length > LINK_BYTES_MAX) return undefined;
  const target = new TextDecoder().decode(bytes).replace(/^link (?=\S)/, "");
  // A mark of byte order alone, or blanks, would lead to the folder itself.
  if (target.trim() === "" || /[\0\r\n]/.test(target) || isAbsolute(target)) return undefined;
  const leadsTo = resolve(dirname(absolute), target);
  return leadsTo !== absolute && (await exists(leadsTo)) ? target : undefined;
}

/** The line where the marks of a merge begin, in their order; none that stand in a fence, where a page shows them. */
export function conflictLine(bytes: Uint8Array): number | undefined {
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(OURS)) return undefined;
  let fence: Fence | undefined;
  let begin: number | undefined;
  let hasBetween = false;
  for (const [index, line] of new TextDecoder()
    .decode(bytes)
    .split(/\r\n?|\n/)
    .entries()) {
    if (begin === undefined && fence !== undefined) {
      if (closesFence(line, fence)) fence = undefined;
    } else if (line.startsWith(OURS)) {
      begin = index + 1;
      hasBetween = false;
    } else if (begin === undefined) fence = openFence(line);
    else if (BETWEEN.test(line)) hasBetween = true;
    else if (hasBetween && line.startsWith(THEIRS)) return begin;
  }
  return undefined;
}
