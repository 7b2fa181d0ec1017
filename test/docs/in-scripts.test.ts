import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { EXECUTABLE } from "../support/executable.ts";
import { mayMount, readOnly } from "../support/read-only.ts";
import { textOf } from "./blocks.ts";
import { reader } from "./reader.ts";

const SILENCE = { exitCode: 0, stdout: "", stderr: "" };
/** A PDF that cannot be read: a failure of its source, exit code 1. */
const DAMAGED = "%PDF-1.7\nand then nothing";

test("cron mails nothing when all is well, and what failed otherwise", async () => {
  using user = await reader();
  const [, command = ""] = /^(?:\S+ ){5} *(.*)$/m.exec(textOf("cron")) ?? [];
  const there = command.replace("/srv/corpus", user.corpus).replace("/usr/local/bin/bbj-ingest-all", EXECUTABLE);
  expect(there).not.toBe(command);
  expect(await user.shell(there)).toEqual(SILENCE);
  user.write("manual/damaged.pdf", DAMAGED);
  const { exitCode, stdout, stderr } = await user.shell(there);
  expect(exitCode).toBe(1);
  expect(stdout + stderr).toContain("manual/damaged.pdf");
});

test("the script tries again what may pass, and asks the doctor when it does not", async () => {
  using user = await reader();
  const script = textOf("script").replace("/srv/corpus", user.corpus);
  const paused = () => readFileSync(join(user.home, "paused"), "utf8").trim().split("\n");
  const pauses = (then = "true") => {
    writeFileSync(join(user.home, "paused"), "");
    user.command("sleep", `echo "$1" >> ~/paused; [ "$1" != 300 ] || ${then}`);
  };
  pauses();
  expect(await user.shell(script, { flags: [] })).toEqual(SILENCE);
  expect(paused()).toEqual(["0"]);

  user.write("manual/damaged.pdf", DAMAGED);
  pauses(`rm ${user.corpus}/manual/damaged.pdf`);
  expect(await user.shell(script, { flags: [] })).toMatchObject({ exitCode: 0 });
  expect(paused()).toEqual(["0", "300"]);

  user.write("manual/damaged.pdf", DAMAGED);
  pauses();
  expect(await user.shell(script, { flags: [] })).toMatchObject({ exitCode: 1 });
  expect(paused()).toEqual(["0", "300", "1800"]);

  renameSync(join(user.corpus, "sources.toml"), join(user.corpus, "elsewhere.toml"));
  pauses();
  const { exitCode, stdout } = await user.shell(script, { flags: [] });
  expect(stdout).toContain("A run would stop");
  expect(exitCode).toBe(1);
  expect(paused()).toEqual(["0"]);
});

test("the last event is the summary", async () => {
  using user = await reader();
  const { stdout } = await user.shell(textOf("events"));
  expect(JSON.parse(stdout)).toMatchObject({ type: "summary", exit_code: 0, documents: 17 });
});

test("CI embeds what changed, and measures what search finds", async () => {
  using user = await reader({});
  const shape = z.object({
    jobs: z.object({ corpus: z.object({ steps: z.array(z.object({ run: z.string().optional() })) }) }),
  });
  const { jobs } = shape.parse(Bun.YAML.parse(textOf("ci")));
  const [ingest = "", measure = ""] = jobs.corpus.steps.flatMap(({ run = [] }) => run);
  expect(await user.shell(ingest)).toMatchObject({ exitCode: 0 });
  expect(readdirSync(join(user.corpus, ".corpus"))).toContain(".bbj-rag");
  expect(await user.shell(measure)).toMatchObject({ exitCode: 0 });
  const again = await user.shell(ingest);
  expect(again.stdout).toContain("unchanged");
});

test.skipIf(!mayMount)("a container needs a folder to keep things in, and no right to write elsewhere", async () => {
  using user = await reader();
  const file = await Bun.file(join(import.meta.dir, "../../deploy/Containerfile")).text();
  const image = new Map([...file.matchAll(/^(\w+) (.*)$/gm)].map(([, key = "", value = ""]) => [key, value]));
  const [build = "", run = ""] = textOf("container").trim().split("\n");
  expect(build).toBe("docker build --file deploy/Containerfile --tag bbj-ingest-all dist");
  const [, workdir, volume, args] = /"\$PWD:(\S+):ro" --volume \S+:(\S+) .* bbj-ingest-all (.*)$/.exec(run) ?? [];
  expect(run).toContain(" --read-only --tmpfs /tmp ");
  expect(workdir).toBe(image.get("WORKDIR"));
  expect(image.get("VOLUME")).toBe(volume);
  expect(image.get("ENV")).toBe(`BBJ_RAG_STATE_DIR=${volume}`);
  expect(image.get("ENTRYPOINT")).toBe('["bbj-ingest-all"]');
  const [view, state] = [join(user.home, "view"), join(user.home, "state")];
  mkdirSync(view);
  const before = readdirSync(user.corpus);
  const inside = [...readOnly(user.corpus, view), "bbj-ingest-all", ...(args ?? "").split(" ")];
  const command = inside.map((word) => `'${word}'`).join(" ");
  expect(await user.shell(`BBJ_RAG_STATE_DIR=${state} ${command}`)).toEqual(SILENCE);
  expect(readdirSync(user.corpus)).toEqual(before);
  expect(readdirSync(state)).toContain(".bbj-rag");
});
