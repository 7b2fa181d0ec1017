/** What a file turned out to be. */
export type Kind = "bbj" | "tokenised" | "empty" | "other";

// A line may begin with a number in programs of the older dialects.
const START = "^[ \\t]*(?:\\d+[ \\t]+)?";
const line = (pattern: string) => new RegExp(START + pattern, "im");

/** Signs of BBj source. Those that English has too are looked for as statements only. */
const SIGNS: readonly RegExp[] = [
  line("rem(?=[ \\t]|$)"),
  line('open[ \\t]*\\([^)\\n]*\\)[ \\t]*[\\w"$]'),
  line("print[ \\t]*(?:\\(|[\"'@]|[\\w!]+[$%]?(?:[ \\t]*[,+;(]|[ \\t]*$))"),
  line("class[ \\t]+public\\b"),
  line("method[ \\t]+public\\b"),
  /\bPROCESS_EVENTS\b/i,
  /\bBBjAPI\b/i,
  /\bSYSGUI\b/i,
  line("use[ \\t]+::"),
  line("declare[ \\t]+(?:auto[ \\t]+)?[\\w.:]+[ \\t]+\\w+[!$%]?"),
  line("methodend\\b"),
  line("field[ \\t]+(?:public|private|protected)\\b"),
];
const BEGINS = line("begin[ \\t]*$");
const ENDS = line("(?:wend|return|escape)[ \\t]*$");

/** Ordinary text files need more than one sign: a word of BBj may begin a line of anything. */
const SIGNS_IN_TEXT_FILES = 2;
const HEAD_BYTES = 8192;
const BINARY_SHARE_MAX = 0.02;

/** Says whether a file holds BBj source. `path` tells how much has to speak for it. */
export function recognise(path: string, bytes: Uint8Array, text: string): Kind {
  if (isBinary(bytes)) return "tokenised";
  if (text.trim() === "") return "empty";
  if (/\.bbjt?$/i.test(path)) return "bbj";
  const signs = SIGNS.filter((sign) => sign.test(text)).length + (BEGINS.test(text) && ENDS.test(text) ? 1 : 0);
  return signs >= (/\.txt$/i.test(path) ? SIGNS_IN_TEXT_FILES : 1) ? "bbj" : "other";
}

/** Tokenised programs begin with `<<bbj>>` or are full of control characters. */
function isBinary(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, HEAD_BYTES);
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (isUtf16) return false;
  if (new TextDecoder("latin1").decode(head.subarray(0, 7)) === "<<bbj>>") return true;
  const controls = head.reduce((sum, byte) => sum + (isControl(byte) ? 1 : 0), 0);
  return controls > head.length * BINARY_SHARE_MAX;
}

/** Not those of text: tab, line ends, form feed, end of file (CP/M), escape. */
function isControl(byte: number): boolean {
  return byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 26 && byte !== 27;
}
