// How long a search takes for words that very many chunks have, on an empty database of a server.
// bun test/bench/common-words.ts postgres://...
import { corpusStore } from "../../src/store/corpus-store.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { embedded, written } from "../support/documents.ts";
import { randomFrom } from "../support/random.ts";

const [ROWS, ROWS_A_TRANSACTION, WORDS_A_ROW, VOCABULARY, ROUNDS] = [50_000, 1_000, 200, 20_000, 5];
/** With the share of rows that have it. */
const COMMON = [
  ["file", 0.6],
  ["open", 0.33],
  ["string", 0.2],
] as const;
const QUESTIONS = ["file", "string", "file string", "how do I open a file", '"open file"', "file -string"];

const [url = ""] = process.argv.slice(2);
const random = randomFrom(12);
const store = corpusStore(await openServer({ kind: "server", url, label: url, chosenBy: "argument" }), {
  rebuild: false,
});
await store.prepare({ provider: "lexical", model: "feature-hashing-v1", dimensions: 4 });
for (let row = 0; row < ROWS; row += ROWS_A_TRANSACTION)
  await store.write(Array.from({ length: ROWS_A_TRANSACTION }, (_, index) => document(row + index)));
await store.ensureVectorIndex();

for (const text of QUESTIONS) {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await store.search({ text, vector: undefined, limit: 10, mode: "text" });
    times.push(performance.now() - start);
  }
  const median = times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? NaN;
  console.log(`${text.padEnd(24)} ${median.toFixed(0)} ms`);
}
await store.close();

/** Of words with a long tail, and the common ones. */
function document(number: number) {
  const words = Array.from({ length: WORDS_A_ROW }, () => `w${Math.floor(VOCABULARY * random() ** 3).toString(36)}x`);
  const common = COMMON.filter(([, share]) => random() < share).map(([word]) => word);
  return { ...written(`u${number}`, []), rows: [embedded(`${words.join(" ")} ${common.join(" ")} ${number}`)] };
}
