// Holds the estimate of tokens against a WordPiece vocabulary, on chunks.
// bun test/bench/tokens.ts VOCABULARY CHUNKS
//   VOCABULARY  vocab.txt of bert-base-uncased, which nomic-embed-text, all-minilm, mxbai-embed-large and bge-*-en have, too
//   CHUNKS      what `bbj-ingest-all parse --json --full --limit 1000000` wrote
import { z } from "zod";
import { estimateTokens } from "../../src/chunk/tokens.ts";

/** Of a text of such a model, without [CLS] and [SEP]. */
const TOKENS_MAX = 510;

const CJK = String.raw`\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2fa1f}`;
const MARK = String.raw`!-\/:-@\[-${"`"}\{-~\p{P}`;
const WORD = new RegExp(`[${CJK}${MARK}]|[^\\s${CJK}${MARK}]+`, "gu");

const [vocabularyPath = "", chunksPath = ""] = process.argv.slice(2);
const pieces = new Set((await Bun.file(vocabularyPath).text()).split("\n").map((line) => line.trimEnd()));
const countOf = new Map<string, number>();

/** Without the limit of 100 characters a word that some implementations have. */
function tokensIn(text: string): number {
  const plain = text
    .replace(/[\ufffd\p{Cf}]|(?![\t\n\r])\p{Cc}/gu, "")
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "");
  return (plain.match(WORD) ?? []).reduce((sum, word) => {
    const count = countOf.get(word) ?? tokensOfWord(word);
    countOf.set(word, count);
    return sum + count;
  }, 0);
}

/** The longest piece first; a word with a part that is none is one unknown token. */
function tokensOfWord(word: string): number {
  const characters = [...word];
  let count = 0;
  for (let start = 0; start < characters.length; count++) {
    let end = Math.min(characters.length, start + 30);
    while (end > start && !pieces.has((start > 0 ? "##" : "") + characters.slice(start, end).join(""))) end--;
    if (end === start) return 1;
    start = end;
  }
  return count;
}

const documentSchema = z.object({
  type: z.literal("document"),
  source: z.string(),
  chunks: z.array(z.object({ content: z.string() })),
});
const counts = new Map<string, { real: number[]; ratios: number[] }>();
for (const line of (await Bun.file(chunksPath).text()).split("\n")) {
  if (!line.startsWith('{"type":"document"')) continue;
  const { source, chunks } = documentSchema.parse(JSON.parse(line));
  for (const { content } of chunks) {
    const real = tokensIn(content);
    const estimate = estimateTokens(content);
    for (const name of [source, "all"]) {
      const of = counts.get(name) ?? { real: [], ratios: [] };
      counts.set(name, of);
      of.real.push(real);
      // Of a short text a token more or less is a large share.
      if (estimate >= 100) of.ratios.push(real / estimate);
    }
  }
}

console.table(
  [...counts].map(([source, { real, ratios }]) => ({
    source,
    chunks: real.length,
    "tokens, median": share(real, 0.5),
    "real / estimate, 10%": share(ratios, 0.1).toFixed(2),
    "50%": share(ratios, 0.5).toFixed(2),
    "90%": share(ratios, 0.9).toFixed(2),
    "99%": share(ratios, 0.99).toFixed(2),
    most: share(ratios, 1).toFixed(2),
    [`over ${TOKENS_MAX}`]: `${((100 * real.filter((tokens) => tokens > TOKENS_MAX).length) / real.length).toFixed(2)}%`,
  })),
);

function share(values: readonly number[], part: number): number {
  return (
    values.toSorted((one, other) => one - other)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0
  );
}
