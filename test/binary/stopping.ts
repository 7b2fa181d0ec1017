import { describe, expect, test } from "bun:test";
import { PROBE_TEXT } from "../../src/embed/server-embedder.ts";
import { writeCorpus } from "../support/corpus.ts";
import { corpusTarget } from "../support/corpus-target.ts";
import { embeddedLane, serverLane } from "../support/databases.ts";
import { run } from "../support/executable.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import type { StandIn } from "../support/stand-in-server.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { inTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

export const CTRL_C = "\x03";
export const DIMENSIONS = 32;
export const WORKERS = 4;
export const PAGES = 16;
export const SECTIONS = 3;
/** A batch is a page, so that each text that was embedded belongs to a document that can be stored. */
export const env = { BBJ_RAG_EMBEDDING_BATCH_SIZE: String(SECTIONS) };
export const flags = (url: string, database: string) => [
  ...["--ollama-host", url, "--dimensions", String(DIMENSIONS), "--database-url", database],
];
export const lanes = [embeddedLane, serverLane].map(({ name, skipped }) => ({
  name,
  testOf: skipped === undefined ? test : test.skip,
}));

/** An Ollama that answers the probe and `answered` batches, and the others once the gate is open. */
export async function startGated(answered: number) {
  const gate = Promise.withResolvers<undefined>();
  const ollama = await startOllama({
    dimensions: DIMENSIONS,
    fault: (request) => (request > answered + 1 ? gate.promise : undefined),
  });
  return { ollama, open: () => gate.resolve(undefined), [Symbol.asyncDispose]: () => ollama.stop() };
}

export const textsOf = (ollama: StandIn) => [...ollama.textsEmbedded].filter(([text]) => text !== PROBE_TEXT);

export const targetOn = (name: string) =>
  name === serverLane.name ? corpusTarget(serverLane) : corpusTarget(embeddedLane);
const fresh = new Map<string, Promise<string[]>>();
/** The rows of a run over `PAGES` pages that nothing disturbs. */
export function freshRows(lane: string): Promise<string[]> {
  const rows = fresh.get(lane) ?? ingestFresh(lane);
  fresh.set(lane, rows);
  return rows;
}

async function ingestFresh(lane: string): Promise<string[]> {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: PAGES, sections: SECTIONS });
  await using ollama = await startOllama({ dimensions: DIMENSIONS });
  await using target = await targetOn(lane);
  expect((await run(flags(ollama.url, target.url), { cwd: directory.path, env })).exitCode).toBe(0);
  return await target.rows();
}

type Terminal = ReturnType<typeof inTerminal>;
type Signal = readonly [string, (terminal: Terminal) => void];

/** The tests of a run in one of these modes that is asked to stop by these signals, on these kinds of databases. */
export function testStopsBy(
  signals: readonly Signal[],
  modes: readonly ("parallel" | "sequential")[],
  databases = lanes,
): void {
  describe.each(databases)("a run that is asked to stop, $name", ({ name, testOf }) => {
    for (const mode of modes) {
      const modeFlags = mode === "sequential" ? ["--sequential"] : ["--workers", String(WORKERS)];
      const inFlight = mode === "sequential" ? 1 : WORKERS;

      testOf.each(signals)(
        `by %s, ${mode}, stores what is in flight, and the next run embeds only the rest`,
        async (_, ask) => {
          using directory = temporaryDirectory();
          writeCorpus(directory.path, { pages: PAGES, sections: SECTIONS });
          await using target = await targetOn(name);
          await using gated = await startGated(3);
          const { ollama } = gated;
          const args = [...flags(ollama.url, target.url), ...modeFlags];
          const terminal = inTerminal(args, { cwd: directory.path, env });
          await until(() => ollama.inFlight === inFlight && ollama.requests === 4 + inFlight);
          ask(terminal);
          await terminal.sees("stopping");
          gated.open();
          expect(await terminal.exitCode()).toBe(130);
          expect(terminal.text()).toContain("Run again to go on");
          expect(ollama.requests).toBe(4 + inFlight);
          expect(await target.rows()).toHaveLength((3 + inFlight) * SECTIONS);

          const next = await run(args, { cwd: directory.path, env });
          expect(next.exitCode).toBe(0);
          expect(textsOf(ollama).filter(([, times]) => times !== 1)).toEqual([]);
          expect(textsOf(ollama)).toHaveLength(PAGES * SECTIONS);
          expect(await target.rows()).toEqual(await freshRows(name));
        },
      );
    }
  });
}
