import type { Code } from "micromark-util-types";

// micromark's codes for line endings are negative (-5 to -3), as is that of a tab (-2) and of the columns it fills (-1).
const SPACE = 32;

export function isLineEnd(code: Code): boolean {
  return code === null || code < -2;
}

export function isBlank(code: Code): boolean {
  return code === SPACE || code === -2 || code === -1;
}

export function codeOf(character: string): number {
  return character.charCodeAt(0);
}
