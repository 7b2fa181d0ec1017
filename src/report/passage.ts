import type { Span } from "../store/store.ts";
import { openFence } from "../text/markdown.ts";

const LINES_MAX = 4;
const CHARACTERS_MAX = 320;
/** Longer lines are taken in pieces. */
const PIECE_CHARACTERS_MAX = 160;
/** Words whose beginnings are the same are forms of one word, roughly. */
const STEM_CHARACTERS = 4;

/** A stretch of one line, and whether the line goes on before or behind it. */
type PassageLine = { readonly span: Span; readonly cutBefore: boolean; readonly cutAfter: boolean };

type Piece = PassageLine & { readonly line: number };

/**
 * The few lines of a text, behind `from`, with the most of the words that are marked; the first ones when none is.
 * Of long lines parts are taken; lines without a letter are passed over.
 */
export function bestPassage(text: string, marks: readonly Span[], from: number): PassageLine[] {
  const pieces = piecesOf(text, from);
  const found = marks.map((mark) => ({
    mark,
    stem: text
      .slice(...mark)
      .toLowerCase()
      .slice(0, STEM_CHARACTERS),
  }));
  const windows = pieces.map((_, first) => windowAt(pieces, first));
  const scores = windows.map((window) => {
    const [start, end] = [window[0]?.span[0] ?? 0, window.at(-1)?.span[1] ?? 0];
    const inside = found.filter(({ mark: [begin, stop] }) => begin >= start && stop <= end);
    // Different words first; the same one again counts for little.
    return new Set(inside.map(({ stem }) => stem)).size + Math.min(inside.length, 99) / 100;
  });
  const best = Math.max(...scores, 0);
  const first = scores.indexOf(best);
  const behind = scores.findIndex((score, index) => index > first && score < best);
  const last = (behind < 0 ? scores.length : behind) - 1;
  // Of windows that are as good the one in the middle has something before the words and behind them.
  return joined(windows[first === 0 ? 0 : Math.floor((first + last) / 2)] ?? []);
}

function piecesOf(text: string, from: number): Piece[] {
  const pieces: Piece[] = [];
  let start = from;
  for (const [line, words] of text.slice(from).split("\n").entries()) {
    if (/[\p{L}\p{N}]/u.test(words) && openFence(words) === undefined) pieces.push(...piecesOfLine(words, start, line));
    start += words.length + 1;
  }
  return pieces;
}

/** Pieces of a line that end with a sentence, or else with a word. */
function piecesOfLine(words: string, start: number, line: number): Piece[] {
  const pieces: Piece[] = [];
  const end = words.trimEnd().length;
  let at = 0;
  while (at < end) {
    const rest = words.slice(at, Math.min(at + PIECE_CHARACTERS_MAX, end));
    const isLast = at + rest.length >= end;
    const sentence = Math.max(...[". ", "? ", "! ", "; "].map((mark) => rest.lastIndexOf(mark))) + 1;
    const length = isLast
      ? rest.length
      : sentence > rest.length / 3
        ? sentence
        : rest.lastIndexOf(" ") + 1 || rest.length;
    const span: Span = [start + at, start + at + rest.slice(0, length).trimEnd().length];
    pieces.push({ span, line, cutBefore: pieces.length > 0, cutAfter: !isLast });
    at += length;
    while (words[at] === " ") at++;
  }
  return pieces;
}

/** As many pieces from one on as there is room for. */
function windowAt(pieces: readonly Piece[], first: number): Piece[] {
  const window: Piece[] = [];
  let left = CHARACTERS_MAX;
  for (const piece of pieces.slice(first, first + 2 * LINES_MAX)) {
    const lines = new Set([...window, piece].map(({ line }) => line)).size;
    const length = piece.span[1] - piece.span[0];
    if (window.length > 0 && (length > left || lines > LINES_MAX)) break;
    window.push(piece);
    left -= length;
  }
  return window;
}

/** Neighbouring pieces of a line as one. */
function joined(window: readonly Piece[]): PassageLine[] {
  return [...Map.groupBy(window, ({ line }) => line).values()].map((pieces) => ({
    span: [pieces[0]?.span[0] ?? 0, pieces.at(-1)?.span[1] ?? 0],
    cutBefore: pieces[0]?.cutBefore ?? false,
    cutAfter: pieces.at(-1)?.cutAfter ?? false,
  }));
}
