// How fast Markdown becomes chunks on one core: megabytes of files for each second of processor time, collections of garbage
// included. The first round is that of a run, which warms up; the last is what a large corpus comes to.
//   bun test/bench/markdown-speed.ts FOLDER [ROUNDS]
// `micromark alone` reads the same pages with nothing known of them beforehand, for the share that known-parts.ts saves.
import { chunkDocument } from "../../src/chunk/chunk-document.ts";
import { decodeText } from "../../src/parsers/decode-text.ts";
import { readFrontMatter } from "../../src/parsers/mdx/front-matter.ts";
import { readWhole } from "../../src/parsers/mdx/page-tokens.ts";
import { readPage } from "../../src/parsers/mdx/read-page.ts";
import { loadParser } from "../../src/parsers/registry.ts";
import { parseInput } from "../support/parse-input.ts";
import { parseContext, sourceOf } from "../support/read-source.ts";
import { report } from "./figure.ts";

const CHUNKS = { chunkSize: 400, chunkOverlap: 50 };
const ROUNDS = 3;

const [folder = ".", rounds = ROUNDS] = process.argv.slice(2);
const entry = sourceOf({ parser: "mdx", dataDir: folder });

for (let round = 1; round <= Number(rounds); round++) {
  const parser = await loadParser(entry, {});
  const inputs = await measured(async () => {
    const found = [];
    for await (const input of parser.inputs(entry, parseContext())) {
      if (input.kind === "input") found.push(await input.load());
    }
    return found;
  });
  const bytes = inputs.result.reduce((sum, input) => sum + (input.bytes ?? 0), 0);
  const documents = await measured(async () => {
    const found = [];
    for (const input of inputs.result) found.push(...(await parseInput(parser, entry, input)).documents);
    return found;
  });
  const chunks = await measured(async () => documents.result.flatMap((document) => chunkDocument(document, CHUNKS)));
  const all = bytes / 1e6 / (documents.seconds + chunks.seconds);
  if (round === Number(rounds))
    report({ what: "Markdown, parse and chunk, a core", value: all, unit: "MB/s", least: 5 });
  const rate = (seconds: number) => `${(bytes / 1e6 / seconds).toFixed(1)} MB/s`;
  console.log(
    `round ${round}: ${inputs.result.length} files, ${(bytes / 1e6).toFixed(1)} MB, ${chunks.result.length} chunks; ` +
      `list and load ${rate(inputs.seconds)}, parse ${rate(documents.seconds)}, chunk ${rate(chunks.seconds)}; ` +
      `parse and chunk ${rate(documents.seconds + chunks.seconds)}`,
  );
}

const pages: string[] = [];
for (const path of new Bun.Glob("**/*.{md,mdx}").scanSync(folder)) {
  pages.push(readFrontMatter(decodeText(await Bun.file(`${folder}/${path}`).bytes())).body);
}
const megabytes = pages.reduce((sum, page) => sum + Buffer.byteLength(page), 0) / 1e6;
for (const [what, reader] of [
  ["in parts", undefined],
  ["micromark alone", readWhole],
] as const) {
  const { seconds } = await measured(async () => {
    for (const page of pages) await readPage(page, undefined, undefined, reader);
  });
  console.log(`${what}: ${(megabytes / seconds).toFixed(1)} MB/s`);
}

/** What `work` makes, and the processor time of this process in the meantime. */
async function measured<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly seconds: number }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, seconds: (user + system) / 1e6 };
}
