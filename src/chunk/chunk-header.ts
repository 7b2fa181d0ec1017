import { beginningOf, CHARACTERS_PER_TOKEN_MAX, estimateTokens } from "./tokens.ts";

const SEPARATOR = " > ";
const CUT = "…";

/**
 * The context header of a chunk: that of the document, then the headings above it inside the page. A heading that already
 * ends the header is not repeated. One that would take more than a third of a chunk loses its middle.
 */
export function chunkHeader(documentHeader: string, path: readonly string[], chunkSize: number): string {
  const parts = documentHeader === "" ? [] : documentHeader.split(SEPARATOR);
  for (const heading of path) {
    const text = plain(heading);
    if (text !== "" && parts.at(-1)?.toLowerCase() !== text.toLowerCase()) parts.push(text);
  }
  const whole = parts.join(SEPARATOR);
  const tokensMax = Math.floor(chunkSize / 3);
  if (estimateTokens(whole) <= tokensMax) return whole;
  const [first = "", ...rest] = parts;
  // Parts that are too many by their number alone are passed over at once: each separator is a token.
  for (let from = Math.max(1, rest.length - tokensMax); from < rest.length; from++) {
    const shorter = [first, CUT, ...rest.slice(from)].join(SEPARATOR);
    if (estimateTokens(shorter) <= tokensMax) return shorter;
  }
  return beginningOf(parts.at(-1) ?? "", tokensMax);
}

/** The header of a document, which every chunk has, cut once when no chunk has room for all of it. */
export function boundedHeader(documentHeader: string, chunkSize: number): string {
  const fits = documentHeader.length <= Math.floor(chunkSize / 3) * CHARACTERS_PER_TOKEN_MAX;
  return fits ? documentHeader : chunkHeader(documentHeader, [], chunkSize);
}

/** A heading without its Markdown. */
function plain(heading: string): string {
  return heading
    .replace(/!?\[([^[\]]*)\]\((?:[^()]|\([^()]*\))*\)/g, "$1")
    .replace(/[`*]|(?<=^|\s)_+|(?<!_)_+(?=\s|$)/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
