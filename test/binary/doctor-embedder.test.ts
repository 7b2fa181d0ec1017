import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { makeEmbedded } from "../support/databases.ts";
import { doctorScene, findingOf } from "../support/doctor-scene.ts";
import { databaseHereTest } from "../support/executable.ts";
import { type OllamaOptions, ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { startOpenAI } from "../support/openai-stand-in.ts";

const DIMENSIONS = 32;
const CONFIG = `embedding_dimensions = ${DIMENSIONS}\n`;

/** A scene with an Ollama. */
async function ollamaScene(options: OllamaOptions = {}, { config = CONFIG, args = Array<string>() } = {}) {
  const ollama = await startOllama({ dimensions: DIMENSIONS, ...options });
  const env = { OLLAMA_HOST: ollama.url };
  return { ollama, ...doctorScene({ config, args, env }), [Symbol.asyncDispose]: () => ollama.stop() };
}

/** What Ollama's own program was called with, by a script that takes its place. */
function fakeOllama(scene: {
  readonly path: string;
  at(name: string): string;
  write(name: string, text: string): void;
}) {
  mkdirSync(scene.at("bin"));
  scene.write("bin/ollama", `#!/bin/sh\necho "$OLLAMA_HOST $*" >> ${scene.at("called")}\n`);
  chmodSync(scene.at("bin/ollama"), 0o755);
  return () => (existsSync(scene.at("called")) ? readFileSync(scene.at("called"), "utf8").trim() : "");
}

describe("doctor asks each server of the embedder", () => {
  test("its version, its model, its context, its speed, and how many workers that is worth", async () => {
    await using scene = await ollamaScene(
      { delayMs: 200, digest: () => "abc" },
      { config: `${CONFIG}ingest_workers = 1\n` },
    );
    const { exitCode, findings } = await scene.doctor();
    expect(exitCode).toBe(0);
    const examined = { exitCode, findings };
    const server = findingOf(examined, scene.ollama.url);
    expect(server).toMatchObject({ state: "ok" });
    expect(server?.detail).toMatch(/^answers, version 0[.]33[.]0, digest 0{12}, takes 4,096 tokens$/);
    expect(findingOf(examined, "longest chunk")).toMatchObject({ state: "ok" });
    expect(findingOf(examined, "speed")?.detail).toMatch(/^texts\/s: [\d.]+ at 1, [\d.]+ at 2, [\d.]+ at 4 in flight$/);
    // It answers any number at a time.
    const advice = findingOf(examined, "workers");
    expect(advice).toMatchObject({ state: "note", remedy: "ingest_workers = 4", into: "config.toml" });
    if (advice === undefined) return;
    expect(findingOf(await scene.paste(advice), "workers")).toMatchObject({
      state: "ok",
      detail: "4 at a time is right",
    });
  });

  test("one that takes one request at a time is worth one worker", async () => {
    await using scene = await ollamaScene({ delayMs: 200, serial: true });
    // Slow beside what a busy machine adds. Two, where it is so busy that the second one hides what is done here.
    expect(findingOf(await scene.doctor(), "workers")?.detail).toMatch(/^4 at a time would be no slower with [12]$/);
  });

  test("several: each by its name, and workers for each", async () => {
    await using one = await startOllama({ dimensions: DIMENSIONS, delayMs: 200, serial: true });
    await using two = await startOllama({ dimensions: DIMENSIONS, delayMs: 200, serial: true });
    const config = `${CONFIG}ingest_workers = 1\n`;
    using scene = doctorScene({ config, env: { OLLAMA_HOST: `${one.url},${two.url},127.0.0.1:1` } });
    const examined = await scene.doctor();
    expect(examined.exitCode).toBe(1);
    for (const { url } of [one, two]) expect(findingOf(examined, url)).toMatchObject({ state: "ok" });
    expect(findingOf(examined, "http://127.0.0.1:1")).toMatchObject({ state: "problem" });
    using both = doctorScene({ config, env: { OLLAMA_HOST: `${one.url},${two.url}` } });
    expect(findingOf(await both.doctor(), "workers")).toMatchObject({
      ...{ state: "note", remedy: expect.stringMatching(/^ingest_workers = [234]$/) },
    });
  });

  test("several that do not run the same model: the command that is printed pulls it on each", async () => {
    let digest = "b";
    await using one = await startOllama({ dimensions: DIMENSIONS, digest: () => "a" });
    await using two = await startOllama({ dimensions: DIMENSIONS, digest: () => digest });
    using scene = doctorScene({ config: CONFIG, env: { OLLAMA_HOST: `${one.url},${two.url}` } });
    const called = fakeOllama(scene);
    const examined = await scene.doctor();
    expect(examined.exitCode).toBe(1);
    const found = findingOf(examined, "same model");
    expect(found).toMatchObject({ state: "problem", into: "shell" });
    digest = "a";
    if (found === undefined) return;
    const remedy = `PATH="${scene.at("bin")}:$PATH"; ${found.remedy}`;
    expect((await scene.paste({ ...found, remedy })).exitCode).toBe(0);
    const pulled = [one, two].map(({ url }) => `${url} pull qwen3-embedding:0.6b`);
    expect(called().split("\n")).toEqual(pulled);
  });

  test("a model that is not there: the command that is printed pulls it, from that server", async () => {
    let isThere = false;
    await using scene = await ollamaScene({ fault: () => (isThere ? undefined : ollamaFaults.modelMissing("m")) });
    const called = fakeOllama(scene);
    const examined = await scene.doctor();
    expect(examined.exitCode).toBe(1);
    const found = findingOf(examined, scene.ollama.url);
    expect(found).toMatchObject({ state: "problem", into: "shell" });
    isThere = true;
    const remedy = `PATH="${scene.at("bin")}:$PATH"; ${found?.remedy}`;
    if (found === undefined) return;
    expect((await scene.paste({ ...found, remedy })).exitCode).toBe(0);
    expect(called()).toBe(`${scene.ollama.url} pull qwen3-embedding:0.6b`);
  });

  test("one that does not run: the command that is printed starts it, there", async () => {
    const { port, url, stop } = await startOllama();
    await stop();
    using scene = doctorScene({ config: CONFIG, env: { OLLAMA_HOST: url } });
    const called = fakeOllama(scene);
    const found = findingOf(await scene.doctor(), url);
    expect(found).toMatchObject({ state: "problem", remedy: `OLLAMA_HOST=${url} ollama serve` });
    expect(found?.hint).not.toContain("ollama serve");
    await using _ = await startOllama({ port, dimensions: DIMENSIONS });
    if (found === undefined) return;
    const remedy = `PATH="${scene.at("bin")}:$PATH"; ${found.remedy}`;
    expect((await scene.paste({ ...found, remedy })).exitCode).toBe(0);
    expect(called()).toBe(`${url} serve`);
  });

  test("vectors of another length: set where the setting comes from", async () => {
    for (const [config, args, wanted] of [
      ["embedding_dimensions = 48\n", [], /^embedding_dimensions = 32$/],
      ["", ["--dimensions=48"], / doctor --dimensions 32$/],
    ] as const) {
      await using scene = await ollamaScene({}, { config, args: [...args] });
      const examined = await scene.doctor();
      expect(examined.exitCode).toBe(1);
      const found = findingOf(examined, scene.ollama.url);
      expect(found?.remedy).toMatch(wanted);
      if (found !== undefined) expect((await scene.paste(found)).exitCode).toBe(0);
    }
  });

  test("a model that takes less than chunks may have", async () => {
    await using scene = await ollamaScene({ contextTokens: 200 });
    const examined = await scene.doctor();
    expect(examined.exitCode).toBe(0);
    expect(findingOf(examined, "longest chunk")).toMatchObject({ state: "note" });
    const found = findingOf(examined, "chunk_size", "embedder");
    expect(found).toMatchObject({ state: "warning", remedy: "chunk_size = 200", into: "config.toml" });
    if (found === undefined) return;
    expect(findingOf(await scene.paste(found), "chunk_size", "embedder")).toBeUndefined();
  });

  test("one that is there and has no vector is no problem yet; one that never answers is, within seconds", async () => {
    await using scene = await ollamaScene({ fault: () => "hang" });
    const examined = await scene.doctor();
    expect(examined.exitCode).toBe(0);
    expect(findingOf(examined, scene.ollama.url)).toMatchObject({ state: "warning" });
    // Takes connections, and says nothing.
    using hole = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    using dead = doctorScene({ config: CONFIG, env: { OLLAMA_HOST: `127.0.0.1:${hole.port}` } });
    const silent = await dead.doctor();
    expect(silent.exitCode).toBe(1);
    const found = findingOf(silent, `http://127.0.0.1:${hole.port}`);
    expect(found).toMatchObject({ state: "problem", detail: "does not answer within 8 s" });
  });

  test("a key that is refused, and is not shown", async () => {
    await using server = await startOpenAI({ dimensions: DIMENSIONS, apiKey: "sk-right-key-0123456789" });
    const env = { OPENAI_API_KEY: "sk-wrong-key-0123456789", OPENAI_BASE_URL: `${server.url}/v1` };
    using scene = doctorScene({ config: `${CONFIG}embedding_provider = "openai"\n`, env });
    const examined = await scene.doctor();
    expect(examined.exitCode).toBe(1);
    expect(findingOf(examined, `${server.url}/v1`)).toMatchObject({ state: "problem" });
    expect(JSON.stringify(examined)).not.toContain("0123456789");
  });

  databaseHereTest("the model of the corpus: another one behind its name, and other settings", async () => {
    let digest = "aaa";
    await using scene = await ollamaScene({ digest: () => digest });
    await makeEmbedded(scene.at(".bbj-rag"));
    expect((await scene.call()).exitCode).toBe(0);
    const fine = await scene.doctor();
    expect(findingOf(fine, "same model")).toMatchObject({ state: "ok" });
    expect(findingOf(fine, "model", "corpus")).toMatchObject({ state: "ok" });
    expect(findingOf(fine, "longest chunk")?.detail).toContain("that of the corpus");

    digest = "bbb";
    const changed = findingOf(await scene.doctor(), "same model");
    expect(changed).toMatchObject({ state: "warning" });
    expect(changed?.remedy).toMatch(/ --clean$/);
    if (changed === undefined) return;
    expect(findingOf(await scene.paste(changed), "same model")).toMatchObject({ state: "ok" });

    scene.write("config.toml", 'embedding_provider = "lexical"\nembedding_dimensions = 16\n');
    const examined = await scene.doctor();
    expect(examined.exitCode).toBe(1);
    const other = findingOf(examined, "model", "corpus");
    expect(other).toMatchObject({ state: "problem", into: "config.toml" });
    if (other === undefined) return;
    expect(findingOf(await scene.paste(other), "model", "corpus")).toMatchObject({ state: "ok" });
  });

  databaseHereTest("chunks that failed are retried by the command that is printed", async () => {
    let isPoisoned = true;
    const refused = () => Response.json({ error: "invalid input" }, { status: 400 });
    await using scene = await ollamaScene({
      fault: (_, texts) => (isPoisoned && texts.some((text) => text.includes("docs says")) ? refused() : undefined),
    });
    await makeEmbedded(scene.at(".bbj-rag"));
    expect((await scene.call()).exitCode).toBe(1);
    isPoisoned = false;
    const found = findingOf(await scene.doctor(), "failure log");
    expect(found).toMatchObject({ state: "note", detail: "1 chunk of 1 source failed, and waits to be retried" });
    if (found === undefined) return;
    expect(findingOf(await scene.paste(found), "failure log")).toMatchObject({ state: "ok" });
  });

  test("the one within this program, and the one without a model", async () => {
    using builtin = doctorScene({ config: 'embedding_provider = "builtin"\n' });
    const examined = await builtin.doctor();
    expect(examined.exitCode).toBe(0);
    expect(findingOf(examined, "this program")).toMatchObject({ state: "ok" });
    expect(findingOf(examined, "speed")?.detail).toMatch(/^texts\/s: [\d.]+ at 1/);
    using lexical = doctorScene();
    const { findings } = await lexical.doctor();
    expect(findings.filter(({ area }) => area === "embedder").map(({ what }) => what)).toEqual(["model"]);
  });
});
