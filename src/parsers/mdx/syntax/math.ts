import type { Code, Construct, Effects, State, TokenizeContext, Tokenizer } from "micromark-util-types";
import { isHtml } from "../elements.ts";
import { codeOf, isBlank, isLineEnd } from "./codes.ts";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    formula: "formula";
    formulaLines: "formulaLines";
    formulaData: "formulaData";
  }
}

const DOLLAR = codeOf("$");
const BACKSLASH = codeOf("\\");
const TEXT_CHARACTERS_MAX = 2_000;
/** What nothing but a formula has: `\alpha`, `x^2`, `x_{1}`. */
const COMMAND = /\\[A-Za-z]{2}|\^|_\{/;
/** `$5 or A$`, `$5–$10`, `$HOME, \$1 or A$`: such a formula has a command, or is none. */
const PRICE_OR_NAME = /^\d[\d.,]*[\s–;:]|\\\$|\{\/\*/;
const TAG = /<\/?([A-Za-z][\w.]*)(?:\s[^<>]*)?\/?>/g;

/**
 * A formula in a line, `$x$` or `$$x$$`. As in Pandoc, and unlike remark-math, `$5 and $10` is none: nothing but a formula
 * has no space inside of its dollars and no digit behind them. BBj has both kinds of dollars, too: `$$` is an empty string.
 */
export const formula: Construct = {
  name: "formula",
  tokenize: tokenizeText,
  // Not `A$`, `,$$` or `+$0a$` of BBj.
  previous: (code) => isBlank(code) || isLineEnd(code) || mayStandBefore(code),
};

/** A formula between brackets, `\(x\)` or `\\[x\\]`, if it has what nothing but a formula has. */
export const bracketedFormula: Construct = { name: "bracketedFormula", tokenize: tokenizeBrackets };

/** A formula that has lines of its own, between two dollars and two more at the end of a line. One that never ends is none. */
export const formulaLines: Construct = { name: "formulaLines", concrete: true, tokenize: tokenizeFlow };

function tokenizeText(this: TokenizeContext, ...[effects, ok, nok]: Parameters<Tokenizer>): State {
  let dollars = 0;
  let inRow = 0;
  let before: Code = null;
  let words = "";

  return (code) => {
    effects.enter("formula");
    effects.enter("formulaData");
    return opening(code);
  };

  function opening(code: Code): State | undefined {
    if (code === DOLLAR) {
      dollars++;
      effects.consume(code);
      return opening;
    }
    if (dollars > 2 || isLineEnd(code) || (dollars === 1 && isBlank(code))) return nok(code);
    return inside(code);
  }

  function inside(code: Code): State | undefined {
    if (code === null || words.length > TEXT_CHARACTERS_MAX) return nok(code);
    if (isLineEnd(code)) {
      effects.exit("formulaData");
      takeLineEnd(effects, code);
      before = code;
      words += "\n";
      return (next) => {
        effects.enter("formulaData");
        return inside(next);
      };
    }
    if (code === DOLLAR && before !== BACKSLASH) {
      inRow = 0;
      return closing(code);
    }
    take(code);
    return inside;
  }

  function closing(code: Code): State | undefined {
    if (code === DOLLAR) {
      inRow++;
      effects.consume(code);
      return closing;
    }
    const isClosed = inRow === dollars && (dollars === 2 || (!isBlank(before) && !isLineEnd(before) && !isDigit(code)));
    if (!isClosed) {
      // Between two dollars stands none; between two pairs may stand `\text{$x$}`.
      if (dollars === 1) return nok(code);
      words += "$".repeat(inRow);
      before = DOLLAR;
      return inside(code);
    }
    const mustHaveCommand = dollars === 2 || PRICE_OR_NAME.test(words);
    if (hasTags(words) || (mustHaveCommand && !COMMAND.test(words))) return nok(code);
    effects.exit("formulaData");
    effects.exit("formula");
    return ok(code);
  }

  function take(code: number): void {
    // A backslash that is escaped itself escapes nothing.
    before = code === BACKSLASH && before === BACKSLASH ? null : code;
    words += code > 0 ? String.fromCharCode(code) : " ";
    effects.consume(code);
  }
}

function tokenizeBrackets(...[effects, ok, nok]: Parameters<Tokenizer>): State {
  let slashes = 0;
  let inRow = 0;
  let bracket: Code = null;
  let words = "";

  return (code) => {
    effects.enter("formula");
    effects.enter("formulaData");
    return opening(code);
  };

  function opening(code: Code): State | undefined {
    if (code === BACKSLASH && slashes < 2) slashes++;
    else if (code === codeOf("(")) bracket = codeOf(")");
    else if (code === codeOf("[")) bracket = codeOf("]");
    else return nok(code);
    effects.consume(code);
    return bracket === null ? opening : inside;
  }

  function inside(code: Code): State | undefined {
    if (code === null || words.length > TEXT_CHARACTERS_MAX) return nok(code);
    if (isLineEnd(code)) {
      effects.exit("formulaData");
      takeLineEnd(effects, code);
      words += "\n";
      inRow = 0;
      return (next) => {
        effects.enter("formulaData");
        return inside(next);
      };
    }
    const isClosed = code === bracket && inRow === slashes;
    if (isClosed && !COMMAND.test(words)) return nok(code);
    inRow = code === BACKSLASH ? inRow + 1 : 0;
    words += code > 0 ? String.fromCharCode(code) : " ";
    effects.consume(code);
    return isClosed ? end : inside;
  }

  function end(code: Code): State | undefined {
    effects.exit("formulaData");
    effects.exit("formula");
    return ok(code);
  }
}

function tokenizeFlow(this: TokenizeContext, ...[effects, ok, nok]: Parameters<Tokenizer>): State {
  const isLazy = () => this.parser.lazy[this.now().line] === true;
  let dollars = 0;
  let inRow = 0;
  let isParagraph = false;

  return (code) => {
    effects.enter("formulaLines");
    effects.enter("formulaData");
    return opening(code);
  };

  function opening(code: Code): State | undefined {
    if (code === DOLLAR) {
      dollars++;
      effects.consume(code);
      return opening;
    }
    return dollars === 2 ? behindOpening(code) : nok(code);
  }

  function behindOpening(code: Code): State | undefined {
    if (isBlank(code)) {
      effects.consume(code);
      return behindOpening;
    }
    if (code !== null && isLineEnd(code)) return lineEnd(code);
    // It may begin at once, and then it ends before the next blank line.
    isParagraph = true;
    return inside(code);
  }

  function lineEnd(code: Code): State | undefined {
    effects.exit("formulaData");
    return blankLines(code);
  }

  function blankLines(code: Code): State | undefined {
    takeLineEnd(effects, code);
    inRow = 0;
    return (next) => {
      if (next === null || isLazy() || (isParagraph && isLineEnd(next))) return nok(next);
      if (isLineEnd(next)) return blankLines(next);
      effects.enter("formulaData");
      return inside(next);
    };
  }

  function inside(code: Code): State | undefined {
    if (code === null) return inRow >= dollars ? end(code) : nok(code);
    if (isLineEnd(code)) return inRow >= dollars ? end(code) : lineEnd(code);
    // Some close a formula at the end of its last line.
    if (code === DOLLAR) inRow++;
    else if (!isBlank(code)) {
      // Text goes on behind it.
      if (isParagraph && inRow >= dollars) return nok(code);
      inRow = 0;
    }
    effects.consume(code);
    return inside;
  }

  function end(code: Code): State | undefined {
    effects.exit("formulaData");
    effects.exit("formulaLines");
    return ok(code);
  }
}

function hasTags(words: string): boolean {
  return words.includes("<") && Array.from(words.matchAll(TAG)).some(([, name = ""]) => isHtml(name));
}

function isDigit(code: Code): boolean {
  return code !== null && code >= codeOf("0") && code <= codeOf("9");
}

function mayStandBefore(code: Code): boolean {
  return code !== null && /[([{|>*_~"'/:-]|[^\p{L}\p{N}\p{ASCII}]|[\u3040-\u9fff]/u.test(String.fromCharCode(code));
}

function takeLineEnd(effects: Effects, code: Code): void {
  effects.enter("lineEnding");
  effects.consume(code);
  effects.exit("lineEnding");
}
