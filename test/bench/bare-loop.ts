// Sends the texts of recorded requests in full batches, reads the answers, and does nothing else: what `embedding.ts`
// compares a run with.
//   bun test/bench/bare-loop.ts BODIES IN_FLIGHT URL...
import { readFileSync } from "node:fs";

const [file = "", inFlight = "8", ...urls] = process.argv.slice(2);
const BATCH_SIZE = 64;

const requests = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line !== "");
const parsed = requests.map((line): { model: string; input: string[] } => JSON.parse(line));
const texts = parsed.flatMap(({ input }) => input);
const model = parsed[0]?.model ?? "";
const bodies = Array.from({ length: Math.ceil(texts.length / BATCH_SIZE) }, (_, index) =>
  JSON.stringify({ model, input: texts.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE), truncate: false }),
);
const before = process.cpuUsage();
const since = performance.now();
let next = 0;
let numbers = 0;
async function work(url: string): Promise<void> {
  for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
    const response = await fetch(`${url}/api/embed`, { method: "POST", body });
    const { embeddings }: { embeddings: number[][] } = JSON.parse(await response.text());
    numbers += embeddings.map((vector) => new Float32Array(vector)).length;
  }
}
await Promise.all(Array.from({ length: Number(inFlight) }, (_, index) => work(urls[index % urls.length] ?? "")));
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ ms: performance.now() - since, cpuMs: (user + system) / 1_000, numbers }));
