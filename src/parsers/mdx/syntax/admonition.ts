import type { Code, Construct, State, Tokenizer } from "micromark-util-types";
import { codeOf, isBlank, isLineEnd } from "./codes.ts";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    admonition: "admonition";
    admonitionFence: "admonitionFence";
    admonitionKind: "admonitionKind";
    admonitionTitle: "admonitionTitle";
  }
}

const COLONS_MIN = 3;

/**
 * A line that opens or closes an admonition of Docusaurus: `:::note`, `::: note Title`, `:::note[Title]{.class}`, `:::`.
 * What stands between two of them is flow like any other, so none has to have its partner.
 */
export const admonition: Construct = { name: "admonition", tokenize };

function tokenize(...[effects, ok, nok]: Parameters<Tokenizer>): State {
  let colons = 0;

  return (code) => {
    effects.enter("admonition");
    effects.enter("admonitionFence");
    return fence(code);
  };

  function fence(code: Code): State | undefined {
    if (code === codeOf(":")) {
      colons++;
      effects.consume(code);
      return fence;
    }
    return colons < COLONS_MIN ? nok(code) : beforeKind(code);
  }

  function beforeKind(code: Code): State | undefined {
    if (isBlank(code)) {
      effects.consume(code);
      return beforeKind;
    }
    effects.exit("admonitionFence");
    if (!isWord(code)) return beforeTitle(code);
    effects.enter("admonitionKind");
    return kind(code);
  }

  function kind(code: Code): State | undefined {
    if (isWord(code)) {
      effects.consume(code);
      return kind;
    }
    effects.exit("admonitionKind");
    return beforeTitle(code);
  }

  function beforeTitle(code: Code): State | undefined {
    if (isLineEnd(code)) return end(code);
    effects.enter("admonitionTitle");
    effects.enter("chunkText", { contentType: "text" });
    return title(code);
  }

  function title(code: Code): State | undefined {
    if (!isLineEnd(code)) {
      effects.consume(code);
      return title;
    }
    effects.exit("chunkText");
    effects.exit("admonitionTitle");
    return end(code);
  }

  function end(code: Code): State | undefined {
    effects.exit("admonition");
    return ok(code);
  }
}

function isWord(code: Code): boolean {
  return code !== null && code > 0 && /[\w-]/.test(String.fromCharCode(code));
}
