const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const LEFT_TO_RIGHT = /[^\P{L}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

/** Whether most letters are Hebrew, Arabic or the like. */
export function isRightToLeft(pieces: readonly { readonly text: string }[]): boolean {
  let balance = 0;
  for (const { text } of pieces) {
    if (RIGHT_TO_LEFT.test(text)) balance += text.length;
    else if (LEFT_TO_RIGHT.test(text)) balance -= text.length;
  }
  return balance > 0;
}

/**
 * Pieces of a right-to-left line, given from left to right, in the order they are read: from the right; what is in
 * Latin letters inside of it stays as it is. The letters within a piece are in order already (pdfjs does that), and so
 * are its brackets.
 */
export function inReadingDirection<Piece extends { readonly text: string }>(pieces: readonly Piece[]): Piece[] {
  const read: Piece[] = [];
  let latin: Piece[] = [];
  let between: Piece[] = [];
  const endLatin = () => {
    read.push(...latin.reverse(), ...between);
    latin = [];
    between = [];
  };
  for (const piece of pieces.toReversed()) {
    if (LEFT_TO_RIGHT.test(piece.text)) {
      latin.push(...between, piece);
      between = [];
    } else if (latin.length > 0 && !RIGHT_TO_LEFT.test(piece.text)) {
      between.push(piece);
    } else {
      endLatin();
      read.push(piece);
    }
  }
  endLatin();
  return read;
}
