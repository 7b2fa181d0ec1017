// Named references of HTML that occur in prose: Latin letters, punctuation, arrows, signs.
const NAMED: ReadonlyMap<string, string> = new Map(
  (
    "amp & lt < gt > quot \" apos ' copy © reg ® trade ™ deg ° plusmn ± micro µ middot · para ¶ sect § laquo « raquo » " +
    "iexcl ¡ iquest ¿ cent ¢ pound £ yen ¥ euro € curren ¤ brvbar ¦ uml ¨ ordf ª ordm º not ¬ macr ¯ acute ´ cedil ¸ " +
    "sup1 ¹ sup2 ² sup3 ³ frac14 ¼ frac12 ½ frac34 ¾ times × divide ÷ minus − le ≤ ge ≥ ne ≠ asymp ≈ equiv ≡ infin ∞ " +
    "sum ∑ prod ∏ radic √ int ∫ part ∂ forall ∀ exist ∃ isin ∈ and ∧ or ∨ cap ∩ cup ∪ " +
    "larr ← uarr ↑ rarr → darr ↓ harr ↔ lArr ⇐ rArr ⇒ hArr ⇔ crarr ↵ check ✓ cross ✗ star ☆ starf ★ " +
    "ndash – mdash — lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „ lsaquo ‹ rsaquo › hellip … bull • prime ′ Prime ″ " +
    "dagger † Dagger ‡ permil ‰ tilde ˜ circ ˆ lbrace { rbrace } lcub { rcub } lbrack [ rbrack ] lsqb [ rsqb ] lpar ( rpar ) " +
    "sol / bsol \\ vert | verbar | lowbar _ num # dollar $ percnt % ast * plus + comma , period . colon : semi ; equals = " +
    "quest ? excl ! commat @ Hat ^ grave ` " +
    "Agrave À Aacute Á Acirc Â Atilde Ã Auml Ä Aring Å AElig Æ Ccedil Ç Egrave È Eacute É Ecirc Ê Euml Ë Igrave Ì " +
    "Iacute Í Icirc Î Iuml Ï Ntilde Ñ Ograve Ò Oacute Ó Ocirc Ô Otilde Õ Ouml Ö Oslash Ø Ugrave Ù Uacute Ú Ucirc Û " +
    "Uuml Ü Yacute Ý szlig ß agrave à aacute á acirc â atilde ã auml ä aring å aelig æ ccedil ç egrave è eacute é " +
    "ecirc ê euml ë igrave ì iacute í icirc î iuml ï ntilde ñ ograve ò oacute ó ocirc ô otilde õ ouml ö oslash ø " +
    "ugrave ù uacute ú ucirc û uuml ü yacute ý yuml ÿ OElig Œ oelig œ Scaron Š scaron š alpha α beta β gamma γ delta δ " +
    "Delta Δ epsilon ε lambda λ mu μ pi π sigma σ Sigma Σ omega ω Omega Ω"
  )
    .split(" ")
    .reduce<[string, string][]>((pairs, word, index, words) => {
      if (index % 2 === 0) pairs.push([word, words[index + 1] ?? ""]);
      return pairs;
    }, []),
);
const SPACES = /^(?:nbsp|ensp|emsp|thinsp|numsp|puncsp|hairsp|Tab|NewLine|NonBreakingSpace)$/;
const INVISIBLE = /^(?:shy|zwnj|zwj|lrm|rlm|ZeroWidthSpace)$/;
const REFERENCE = /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([A-Za-z][A-Za-z\d]{1,31}));/y;

/** The character that an HTML reference at `at` stands for; every kind of space is a plain one. Undefined: no reference. */
export function readEntity(text: string, at: number): { readonly text: string; readonly end: number } | undefined {
  REFERENCE.lastIndex = at;
  const match = REFERENCE.exec(text);
  if (match === null) return undefined;
  const [, decimal, hexadecimal, name] = match;
  const decoded = name === undefined ? fromNumber(decimal ?? "", hexadecimal) : fromName(name);
  return decoded === undefined ? undefined : { text: decoded, end: REFERENCE.lastIndex };
}

/** `text` with its references decoded. */
export function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&[#\w]+;/g, (reference) => readEntity(reference, 0)?.text ?? reference);
}

function fromName(name: string): string | undefined {
  if (SPACES.test(name)) return " ";
  if (INVISIBLE.test(name)) return "";
  return NAMED.get(name);
}

function fromNumber(decimal: string, hexadecimal: string | undefined): string {
  const code = hexadecimal === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hexadecimal, 16);
  // No control characters, and nothing outside of Unicode.
  if (code <= 0x20 || code === 0xa0) return " ";
  if ((code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return "";
  return String.fromCodePoint(code);
}
