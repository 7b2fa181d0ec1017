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

/** A formula that has lines of its own, between lines of two dollars. One that never ends is none. */
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
    if (hasTags(words) || (dollars === 2 && !COMMAND.test(words))) return nok(code);
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

function tokenizeFlow(this: TokenizeContext, ...[effects, ok, nok]: Parameters<Tokenizer>): State {
  const isLazy = () => this.parser.lazy[this.now().line] === true;
  let dollars = 0;
  let inRow = 0;

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
    return dollars < 2 ? nok(code) : behindOpening(code);
  }

  function behindOpening(code: Code): State | undefined {
    if (isBlank(code)) {
      effects.consume(code);
      return behindOpening;
    }
    return code !== null && isLineEnd(code) ? lineEnd(code) : nok(code);
  }

  function lineEnd(code: Code): State | undefined {
    effects.exit("formulaData");
    return blankLines(code);
  }

  function blankLines(code: Code): State | undefined {
    takeLineEnd(effects, code);
    inRow = 0;
    return (next) => {
      if (next === null || isLazy()) return nok(next);
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
    else if (!isBlank(code)) inRow = 0;
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
