import type { Code, Construct, Effects, State, Tokenizer } from "micromark-util-types";
import { codeOf, isBlank, isLineEnd } from "./codes.ts";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    comment: "comment";
    commentData: "commentData";
  }
}

const OPENING = "<!--";

/**
 * A comment of HTML with lines of its own, which may hold anything but its end. MDX has none, Docusaurus has. One that never
 * ends is no comment.
 */
export const comment: Construct = { name: "comment", concrete: true, tokenize };

function tokenize(...[effects, ok, nok]: Parameters<Tokenizer>): State {
  let opened = 0;
  let dashes = 0;
  let hasLines = false;

  return (code) => {
    effects.enter("comment");
    effects.enter("commentData");
    return opening(code);
  };

  function opening(code: Code): State | undefined {
    if (opened === OPENING.length) return inside(code);
    if (code !== codeOf(OPENING.charAt(opened))) return nok(code);
    opened++;
    effects.consume(code);
    return opening;
  }

  function inside(code: Code): State | undefined {
    if (code === null) return nok(code);
    if (isLineEnd(code)) {
      effects.exit("commentData");
      return line(code);
    }
    const isEnd = dashes >= 2 && code === codeOf(">");
    dashes = code === codeOf("-") ? dashes + 1 : 0;
    effects.consume(code);
    return isEnd ? behind : inside;
  }

  function line(code: Code): State | undefined {
    dashes = 0;
    hasLines = true;
    takeLineEnd(effects, code);
    return (next) => {
      if (isLineEnd(next) && next !== null) return line(next);
      effects.enter("commentData");
      return inside(next);
    };
  }

  function behind(code: Code): State | undefined {
    if (isBlank(code)) {
      effects.consume(code);
      return behind;
    }
    // A comment on one line of a paragraph is a part of it.
    if (!isLineEnd(code) && !hasLines) return nok(code);
    effects.exit("commentData");
    effects.exit("comment");
    if (isLineEnd(code)) return ok(code);
    effects.enter("chunkText", { contentType: "text" });
    return rest(code);
  }

  /** Text behind the last line of a comment. */
  function rest(code: Code): State | undefined {
    if (!isLineEnd(code)) {
      effects.consume(code);
      return rest;
    }
    effects.exit("chunkText");
    return ok(code);
  }
}

function takeLineEnd(effects: Effects, code: Code): void {
  effects.enter("lineEnding");
  effects.consume(code);
  effects.exit("lineEnding");
}
