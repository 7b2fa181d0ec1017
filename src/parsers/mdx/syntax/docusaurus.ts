import { htmlText } from "micromark-core-commonmark";
import { mdxjs } from "micromark-extension-mdxjs";
import type { Construct, ConstructRecord, Extension, State } from "micromark-util-types";
import { admonition } from "./admonition.ts";
import { codeOf } from "./codes.ts";
import { comment } from "./comment.ts";
import { bracketedFormula, formula, formulaLines } from "./math.ts";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    mdxjsEsm: "mdxjsEsm";
  }
}

/**
 * The syntax of one page of Docusaurus, for micromark: MDX as far as the page is MDX, and Markdown where it is not;
 * comments and tags of HTML; admonitions; formulas.
 */
export function docusaurus(length: number): Extension[] {
  const angle = codeOf("<");
  const dollar = codeOf("$");
  const additions = {
    flow: { [angle]: comment, [codeOf(":")]: admonition, [dollar]: formulaLines },
    text: { [angle]: boundedHtml, [dollar]: formula, [codeOf("\\")]: bracketedFormula },
  };
  return [
    // What HTML takes whole, with the Markdown inside of it, and what indented code takes, is content in MDX.
    { disable: { null: ["htmlFlow", "codeIndented", "htmlText"] } },
    lenient(additions, length),
    lenient(mdxjs(), length),
  ];
}

/** Under another name, for the one without a bound is not in use. */
const boundedHtml = { ...htmlText, name: "boundedHtml" };

/** Longer than any tag, expression or statement of a page of text. */
const CONSTRUCT_CHARACTERS_MAX = 20_000;
/** Read in vain, beside as many as the page has: a page of open braces would be read to its end for each of them. */
const WASTED_CHARACTERS_MAX = 100_000;

/**
 * Given to the parser of JavaScript, beside some times as many as the page has: it is asked at each closing brace whether the
 * expression ends there, and reads all of it.
 */
const PARSED_CHARACTERS_MAX = 3_000_000;
const PARSED_PER_CHARACTER = 5;

const CLOSING_BRACE = codeOf("}");

/** How many characters may still be read in vain, and be given to the parser of JavaScript. */
type Work = { left: number; toParse: number };

/**
 * The constructs of `extension`, with text as the fallback of each: what MDX refuses (`a {8,}`, `List<String>`, `i <= 3`)
 * costs nothing but its own markup, where MDX refuses the page. For one page of `length` characters: the constructs share a
 * bound on work that came to nothing.
 */
function lenient({ flow, text }: Extension, length: number): Extension {
  const work = {
    left: WASTED_CHARACTERS_MAX + length,
    toParse: PARSED_CHARACTERS_MAX + PARSED_PER_CHARACTER * length,
  };
  const all = (constructs: ConstructRecord = {}): ConstructRecord =>
    Object.fromEntries(
      Object.entries(constructs).map(([code, some]) => [
        code,
        [some ?? []].flat().map((construct) => lenientConstruct(construct, work)),
      ]),
    );
  return { flow: all(flow), text: all(text) };
}

function lenientConstruct(construct: Construct, work: Work): Construct {
  return {
    ...construct,
    tokenize(effects, ok, nok) {
      let isOver = false;
      let characters = 0;
      const succeed: State = (code) => {
        isOver = true;
        return ok(code);
      };
      const fail: State = (code) => {
        isOver = true;
        work.left -= characters;
        return nok(code);
      };
      const guarded =
        (state: State): State =>
        (code) => {
          if (++characters > CONSTRUCT_CHARACTERS_MAX) return fail(code);
          if (code === CLOSING_BRACE && (work.toParse -= characters) <= 0) return fail(code);
          try {
            const next = state(code);
            return isOver || next === undefined ? next : guarded(next);
          } catch (error) {
            // What comes behind the construct begins within its last state.
            if (isOver) throw error;
            return fail(code);
          }
        };
      const start = guarded(construct.tokenize.call(this, effects, succeed, fail));
      return (code) => (work.left <= 0 ? nok(code) : start(code));
    },
  };
}
