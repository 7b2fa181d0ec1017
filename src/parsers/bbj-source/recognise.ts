import { isBinary } from "../decode-text.ts";

/** What a file turned out to be. */
export type Kind = "bbj" | "resource" | "tokenised" | "binary" | "empty" | "other";

// A line may begin with a number in programs of the older dialects.
const START = "^[ \\t]*(?:\\d+[ \\t]+)?";
const line = (pattern: string) => new RegExp(START + pattern, "im");

const KEYWORDS =
  "begin|call|clear|close|data|dim|end|enter|erase|escape|execute|exit|extract|find|for|gosub|goto|if|input|let|next|open|print|read|release|rem|return|run|select|setesc|seterr|stop|write";
/** Statements of so many lines after each other, in capitals or without any. */
function numbered(lines: number): RegExp {
  const statement = `[ \\t]*\\d{1,5}[ \\t]+(?:${KEYWORDS}|${KEYWORDS.toUpperCase()})\\b.*`;
  return new RegExp(`^${Array(lines).fill(statement).join("\\n")}`, "m");
}

/** Signs of BBj source. Those that English has too are looked for as statements only. */
const SIGNS: readonly RegExp[] = [
  line("rem(?=[ \\t]|$)"),
  line('open[ \\t]*\\([^)\\n]*\\)[ \\t]*[\\w"$]'),
  line("print[ \\t]*(?:\\(|[\"'@]|[\\w!]+[$%]?(?:[ \\t]*[,+;(]|[ \\t]*$))"),
  line("(?:class|interface)[ \\t]+public\\b"),
  line("method[ \\t]+public\\b"),
  /\bPROCESS_EVENTS\b/i,
  /\bBBjAPI\b/i,
  /\bSYSGUI\b/i,
  line("use[ \\t]+::"),
  // Unlike that of SQL.
  line("declare[ \\t]+(?:auto[ \\t]+[\\w.:]+[ \\t]+\\w|BBj\\w+[ \\t]+\\w|[\\w.:]+[ \\t]+\\w+[!$%])"),
  line("methodend\\b"),
  line("field[ \\t]+(?:public|private|protected)\\b"),
  line("(?:let[ \\t]+)?[A-Za-z_]\\w*(?:\\.\\w+)?[$!](?:[\\[(][^\\])\\n]{0,80}[\\])])?[ \\t]*=(?!=)"),
  line("dim[ \\t]+\\w+\\$[\\[(:,]"),
  line("set(?:err|esc)[ \\t]+\\w"),
  line("gosub[ \\t]+\\w+[ \\t]*(?:;|$)"),
  line("(?:read|write|find|extract)[ \\t]*record[ \\t]*\\("),
  line("def[ \\t]+fn\\w+[$%!]?[ \\t]*\\("),
  line("fnend\\b"),
  line("enter[ \\t]+\\w+[$!%]?(?:\\[all\\])?(?:,[ \\t]*\\w+[$!%]?(?:\\[all\\])?)*[ \\t]*(?:;|$)"),
  /\bstbl[ \t]*\("/i,
  /\bcallpoint!\./i,
  // Callpoints, and what they include.
  line("\\[\\[[\\w<>]+(?:\\.[\\w<>]+)+\\]\\][ \\t]*$"),
  line("(?:rem[ \\t]+)?#include[ \\t]+(?:\\[\\+\\w+\\])?[\\w/.-]+\\.(?:src|aon|bbj)\\b"),
  // Listings with a number for each line: two are a sign, three are two signs.
  numbered(2),
  numbered(3),
  /[,(](?:err|dom|end)=\*?[a-z]\w*[,)]/i,
];
const BEGINS = line("begin[ \\t]*$");
const ENDS = line("(?:wend|return|escape)[ \\t]*$");

/** What the GUI builder makes: `VERSION "4.0"`, then windows and their controls between BEGIN and END. */
const RESOURCE = /^[ \t]*VERSION[ \t]+"\d[\d.]*"[ \t]*$/m;
const RESOURCE_BLOCK = /^[ \t]*BEGIN\b/m;

const BBJ = /\.bbjt?$/i;
/** Of programs in PRO/5's tradition. */
const PROGRAM = /\.(?:bbjt?|src|aon|bbl|bbx)$/i;
/** Files whose name says little about them need more than one sign: a word of BBj may begin a line of anything. */
const ONE_SIGN = /\.src$/i;
const SIGNS_MIN = 2;

/** Says whether a file holds BBj source. `path` tells how much has to speak for it. */
export function recognise(path: string, bytes: Uint8Array, text: string): Kind {
  const isTokenised = /^<<bb[jx]>>/.test(new TextDecoder("latin1").decode(bytes.subarray(0, 7)));
  if (isTokenised || isBinary(bytes, { withNuls: true }))
    return isTokenised || PROGRAM.test(path) ? "tokenised" : "binary";
  if (text.trim() === "") return "empty";
  if (BBJ.test(path)) return "bbj";
  if (RESOURCE.test(text) && RESOURCE_BLOCK.test(text)) return "resource";
  const signs = SIGNS.filter((sign) => sign.test(text)).length + (BEGINS.test(text) && ENDS.test(text) ? 1 : 0);
  return signs >= (ONE_SIGN.test(path) ? 1 : SIGNS_MIN) ? "bbj" : "other";
}
