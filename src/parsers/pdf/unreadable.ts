/** Share of the characters, from which on they are more than the odd symbol of a formula. */
const CONTROLS_SHARE_MIN = 0.1;
const PRIVATE_SHARE_MIN = 0.3;
const CHARACTERS_MIN = 5;

/** Codes of glyphs that nothing says the letters of; pdfjs gives them as they are. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffd\ufffe\uffff\p{Cn}\p{Cs}]/gu;
const PRIVATE = /\p{Co}/gu;
const PLAIN = /^[ -~\s]*$/;

/** Whether much of a page's text has no letters, because its fonts have no map from glyphs to them. */
export function standForNothing(texts: readonly string[]): boolean {
  let characters = 0;
  let controls = 0;
  let ownUse = 0;
  for (const text of texts) {
    characters += text.length;
    if (PLAIN.test(text)) continue;
    controls += text.match(CONTROL)?.length ?? 0;
    ownUse += text.match(PRIVATE)?.length ?? 0;
  }
  return (
    (controls >= CHARACTERS_MIN && controls > characters * CONTROLS_SHARE_MIN) ||
    (ownUse >= CHARACTERS_MIN && ownUse > characters * PRIVATE_SHARE_MIN)
  );
}
