// What the builtin model costs: bun test/bench/builtin-model.ts CORPUS [CHUNKS] [BATCHES]
//   CORPUS   a folder with sources.toml
//   CHUNKS   how many of its chunks, taken evenly (default 1000)
//   BATCHES  in flight (default 2)
import { join } from "node:path";
import { z } from "zod";
import { createEmbedder } from "../../src/embed/registry.ts";

const BATCH_TEXTS = 2;

const [corpus = "", count = "1000", inFlight = "2"] = process.argv.slice(2);
const documentShape = z.object({ type: z.literal("document"), chunks: z.array(z.object({ content: z.string() })) });

const embedder = createEmbedder({
  ...{ embeddingProvider: "builtin", embeddingModel: "", embeddingDimensions: 384 },
  ...{ embedderValues: {}, embedderKeys: {} },
});
const texts = sample(chunks(), Number(count));
const before = spent();
await embedder.probe();
const started = spent();
console.log(`start: ${(started - before).toFixed(1)} s of processor time`);
const rest = [...texts];
await Promise.all(Array.from({ length: Number(inFlight) }, embedRest));
const used = spent() - started;
const megabytes = process.resourceUsage().maxRSS / 1_024;
console.log(
  `${texts.length} chunks: ${used.toFixed(1)} s of processor time, ${(texts.length / used).toFixed(1)} chunks a second of it; ` +
    `peak RSS ${megabytes.toFixed(0)} MB`,
);
process.exit();

async function embedRest(): Promise<void> {
  while (rest.length > 0) await embedder.embedBatch(rest.splice(0, BATCH_TEXTS));
}

function chunks(): string[] {
  const cli = join(import.meta.dir, "../../src/cli.ts");
  const args = ["parse", "--json", "--full", "--limit", "1000000", "--config", join(corpus, "sources.toml")];
  const { stdout } = Bun.spawnSync(["bun", cli, ...args, "--data-dir", corpus], {
    maxBuffer: 1 << 30,
    stderr: "ignore",
  });
  return stdout
    .toString()
    .split("\n")
    .flatMap((line) => (line === "" ? [] : (documentShape.safeParse(JSON.parse(line)).data?.chunks ?? [])))
    .map(({ content }) => content);
}

function sample(all: readonly string[], most: number): string[] {
  const every = Math.max(all.length / most, 1);
  return Array.from({ length: Math.min(most, all.length) }, (_, index) => all[Math.floor(index * every)] ?? "");
}

/** Processor time so far, in seconds. */
function spent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
