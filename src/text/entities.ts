import { decodeNamedCharacterReference } from "decode-named-character-reference";

const REFERENCE = /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([A-Za-z][A-Za-z\d]{1,31}));/g;
const XML_REFERENCE = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/gi;

/** `text` with its character references of HTML decoded; every kind of space is a plain one, what is invisible is left out. */
export function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(REFERENCE, (whole, decimal, hexadecimal, name) =>
    typeof name === "string" ? (namedCharacter(name) ?? whole) : numbered(codeOf(decimal, hexadecimal)),
  );
}

/** `text` with the character references of XML decoded, which has five names; what is no reference stays as it is. */
export function decodeXml(text: string): string {
  return text.replace(XML_REFERENCE, (whole, decimal, hexadecimal, name) => {
    if (typeof name === "string") return namedCharacter(name.toLowerCase()) ?? whole;
    const code = codeOf(decimal, hexadecimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** What `nbsp` or `eacute` stands for in HTML, as `decodeEntities` has it; undefined for a name that HTML does not have. */
export function namedCharacter(name: string): string | undefined {
  const character = decodeNamedCharacterReference(name);
  if (character === false) return undefined;
  return /^\s+$/.test(character) ? " " : character.replace(/^\p{Cf}$/u, "");
}

function codeOf(decimal: string | undefined, hexadecimal: string | undefined): number {
  return hexadecimal === undefined ? Number.parseInt(decimal ?? "", 10) : Number.parseInt(hexadecimal, 16);
}

function numbered(code: number): string {
  // No control characters, and nothing outside of Unicode.
  if (code <= 0x20 || code === 0xa0) return " ";
  if ((code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return "";
  return String.fromCodePoint(code);
}
