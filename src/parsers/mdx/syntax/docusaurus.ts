import { parse } from "micromark";
import { htmlText } from "micromark-core-commonmark";
import { mdxjs } from "micromark-extension-mdxjs";
import type { Construct, ConstructRecord, Extension, ParseContext, State } from "micromark-util-types";
import { admonition } from "./admonition.ts";
import { codeOf } from "./codes.ts";
import { comment } from "./comment.ts";
import { bracketedFormula, formula, formulaLines } from "./math.ts";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    mdxjsEsm: "mdxjsEsm";
  }
  interface ParseContext {
    /** Names that statements import. */
    definedModuleSpecifiers?: string[];
  }
}

let parser: ParseContext | undefined;
/** That of the page whose piece is being read. */
let reading: Work = { left: 0, toParse: 0, isOpen: false };

/**
 * micromark with the syntax of Docusaurus: MDX as far as a page is MDX, and Markdown where it is not; comments and tags of HTML;
 * admonitions; formulas. For one piece of a page, which must be read before another one is asked for: there is one for all of
 * them, since to make it takes as long as to read a thousand characters. `labels` are those of definitions on other pieces.
 */
export function parserFor(work: Work, labels: readonly string[]): ParseContext {
  parser ??= parse({ extensions: extensions() });
  reading = work;
  parser.defined = [...labels];
  parser.lazy = {};
  parser.definedModuleSpecifiers = [];
  return parser;
}

function extensions(): Extension[] {
  const angle = codeOf("<");
  const dollar = codeOf("$");
  const additions = {
    flow: { [angle]: comment, [codeOf(":")]: admonition, [dollar]: formulaLines },
    text: { [angle]: boundedHtml, [dollar]: formula, [codeOf("\\")]: bracketedFormula },
  };
  return [
    // What HTML takes whole, with the Markdown inside of it, and what indented code takes, is content in MDX.
    { disable: { null: ["htmlFlow", "codeIndented", "htmlText"] } },
    lenient(additions),
    lenient(mdxjs()),
  ];
}

/** Under another name, for the one without a bound is not in use. */
const boundedHtml = { ...htmlText, name: "boundedHtml" };

/** Read in vain, beside as many as the page has: a page of open braces would be read to its end for each of them. */
const WASTED_CHARACTERS_MAX = 100_000;

/**
 * Given to the parser of JavaScript, beside some times as many as the page has: it is asked at each closing brace whether the
 * expression ends there, and reads all of it.
 */
const PARSED_CHARACTERS_MAX = 3_000_000;
const PARSED_PER_CHARACTER = 5;

const CLOSING_BRACE = codeOf("}");

/** What reading a page has cost so far. */
export type Work = {
  /** Characters that may still be read in vain. */
  left: number;
  /** Characters that may still be given to the parser of JavaScript. */
  toParse: number;
  /** Whether a text ended while a construct with lines of its own would have gone on. */
  isOpen: boolean;
};

/** What a page of so many characters may cost. */
export function workFor(length: number): Work {
  return {
    left: WASTED_CHARACTERS_MAX + length,
    toParse: PARSED_CHARACTERS_MAX + PARSED_PER_CHARACTER * length,
    isOpen: false,
  };
}

/**
 * The constructs of `extension`, with text as the fallback of each: what MDX refuses (`a {8,}`, `List<String>`, `i <= 3`)
 * costs nothing but its own markup, where MDX refuses the page. The constructs of a page share a bound on work that came to
 * nothing.
 */
function lenient({ flow = {}, text = {} }: Extension): Extension {
  return { flow: lenientConstructs(flow, true), text: lenientConstructs(text, false) };
}

function lenientConstructs(constructs: ConstructRecord, haveLines: boolean): ConstructRecord {
  return Object.fromEntries(
    Object.entries(constructs).map(([code, some]) => [
      code,
      [some ?? []].flat().map((construct) => lenientConstruct(construct, haveLines)),
    ]),
  );
}

function lenientConstruct(construct: Construct, hasLines: boolean): Construct {
  return {
    ...construct,
    tokenize(effects, ok, nok) {
      const work = reading;
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
      let state: State | undefined = construct.tokenize.call(this, effects, succeed, fail);
      const step: State = (code) => {
        if (hasLines && code === null) work.isOpen = true;
        characters++;
        if (code === CLOSING_BRACE && (work.toParse -= characters) <= 0) return fail(code);
        try {
          const next = state?.(code);
          if (isOver || next === undefined) return next;
          state = next;
          return step;
        } catch (error) {
          // What comes behind the construct begins within its last state.
          if (isOver) throw error;
          return fail(code);
        }
      };
      return (code) => (work.left <= 0 ? nok(code) : step(code));
    },
  };
}
