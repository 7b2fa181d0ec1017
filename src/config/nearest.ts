import { shownValue } from "./problems.ts";

const NAMES_SHOWN_MAX = 20;
const COMPARED_CHARACTERS_MAX = 200;
/** Where two texts differ over more than that, they are different. */
const COMPARED_MIDDLE_MAX = 40;
/** Of fewer letters many words begin. */
const BEGINNING_CHARACTERS_MIN = 3;

/** The candidate that `word` is probably a misspelling of, or the beginning; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  return misspelt(word, candidates) ?? begunBy(word, candidates);
}

function misspelt(word: string, candidates: readonly string[]): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    // A third of the longer word may be wrong: beyond that a suggestion is a guess.
    const distanceMax = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    // Of one letter nothing is left when it is wrong.
    if (Math.max(word.length, candidate.length) <= distanceMax) continue;
    if (Math.abs(word.length - candidate.length) > distanceMax) continue;
    const distance = distanceOf(word, candidate);
    if (distance <= distanceMax && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** The only candidate that begins with `word`. */
function begunBy(word: string, candidates: readonly string[]): string | undefined {
  if (word.length < BEGINNING_CHARACTERS_MIN) return undefined;
  const [found, ...others] = candidates.filter((candidate) => candidate.toLowerCase().startsWith(word.toLowerCase()));
  return others.length === 0 ? found : undefined;
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const candidate = nearest(word, candidates);
  return candidate === undefined ? "" : `; did you mean "${candidate}"?`;
}

/** `unknown key "x"`, with the known one that was probably meant. */
export function unknownName(noun: string, given: unknown, known: readonly string[]): string {
  return `unknown ${noun} ${shownValue(given)}${didYouMean(String(given), known)}`;
}

/** The same, with all there are: the nearest first. */
export function unknownOf(noun: string, given: string, known: readonly string[]): string {
  const distances = new Map(known.map((name) => [name, distanceOf(given.slice(0, COMPARED_CHARACTERS_MAX), name)]));
  const sorted = known.toSorted((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0));
  const more = known.length > NAMES_SHOWN_MAX ? `, and ${known.length - NAMES_SHOWN_MAX} more` : "";
  const list = known.length === 0 ? "there is none" : `${noun}s: ${sorted.slice(0, NAMES_SHOWN_MAX).join(", ")}${more}`;
  return `${unknownName(noun, given, known)} (${list})`;
}

/** The end of "x must be a or b": `, not "c"`, with the one of the `choices` that was probably meant. */
export function notOneOf(given: unknown, choices: readonly string[]): string {
  const wrong = String(given)
    .split(",")
    .map((part) => part.trim())
    .find((part) => !choices.includes(part));
  return `, not ${shownValue(given)}${didYouMean(wrong ?? "", choices)}`;
}

/**
 * What is wrong with the keys of `table` that are not among the known ones. `instead` says of a key that is known elsewhere
 * what to write for it.
 */
export function unknownKeys(
  table: object,
  known: readonly string[],
  instead: (key: string) => string | undefined = () => undefined,
): string[] {
  const others = Object.keys(table).filter((key) => !known.includes(key));
  return others.map((key) => {
    const other = instead(key);
    return other === undefined ? unknownName("key", key, known) : `unknown key ${shownValue(key)}; ${other}`;
  });
}

/** How many letters of `word` are wrong if `candidate` was meant; undefined for more than `mistakesMax`, or than a third of it. */
export function nearness(word: string, candidate: string, mistakesMax: number): number | undefined {
  if (Math.abs(word.length - candidate.length) > mistakesMax) return undefined;
  // What both begin and end with costs nothing to compare; of many candidates that is most of each.
  const shorter = Math.min(word.length, candidate.length);
  let start = 0;
  while (start < shorter && word[start] === candidate[start]) start++;
  let end = 0;
  while (end < shorter - start && word.at(-1 - end) === candidate.at(-1 - end)) end++;
  const [left, right] = [word.slice(start, word.length - end), candidate.slice(start, candidate.length - end)];
  if (Math.max(left.length, right.length) > COMPARED_MIDDLE_MAX) return undefined;
  const distance = distanceOf(left, right);
  return distance <= Math.min(mistakesMax, Math.max(word.length, candidate.length) / 3) ? distance : undefined;
}

function distanceOf(one: string, other: string): number {
  return editDistance(one.toLowerCase(), other.toLowerCase());
}

/** Levenshtein's, with two swapped neighbours as one edit (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const distances: number[][] = [[0]];
  const at = (row: number, column: number) => distances[row]?.[column] ?? Infinity;
  for (let row = 0; row <= a.length; row++) {
    const current = (distances[row] ??= []);
    for (let column = current.length; column <= b.length; column++) {
      const changed = at(row - 1, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwapped ? at(row - 2, column - 2) + 1 : Infinity;
      current.push(Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, changed, swapped));
    }
  }
  return at(a.length, b.length);
}
