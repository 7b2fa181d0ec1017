import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { findCompiler } from "../../src/serve/compiler.ts";
import { HandClock } from "../support/hand-clock.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

const forever = new AbortController().signal;

/** A compiler that is this script; `seen`: where it left the name of the file it was given. */
function compiler(directory: string, script: string) {
  const path = join(directory, "bbjcpl");
  writeFileSync(path, `#!/bin/sh\necho "$2" > ${directory}/seen\n${script}\n`);
  chmodSync(path, 0o755);
  const clock = new HandClock();
  const found = findCompiler(undefined, { env: { PATH: `${directory}:/usr/bin:/bin` }, cwd: directory, clock });
  const seen = () => (existsSync(`${directory}/seen`) ? readFileSync(`${directory}/seen`, "utf8").trim() : "");
  return { clock, found, seen };
}

test("a program is valid when nothing is said on stderr, and its file is gone afterwards", async () => {
  using directory = temporaryDirectory();
  const { found, seen } = compiler(directory.path, 'grep -q "print 1" "$2" || echo "no program" >&2');
  expect(await found?.check("print 1", forever)).toEqual({ valid: true, errors: [] });
  expect(await found?.check("prnt", forever)).toEqual({ valid: false, errors: ["no program"] });
  expect(seen()).toEndWith("/program.bbj");
  expect(existsSync(seen())).toBe(false);
});

test("one that does not answer is ended after 10 s, and so is its file", async () => {
  using directory = temporaryDirectory();
  const { clock, found, seen } = compiler(directory.path, "sleep 600 &\nwait");
  const checked = found?.check("print 1", forever).catch((error: unknown) => error);
  await until(() => seen() !== "" && clock.sleepers > 0);
  clock.advance(10_000);
  expect(await checked).toHaveProperty("message", "bbjcpl has not answered within 10 s");
  expect(existsSync(seen())).toBe(false);
});

test("one that says very much is cut short, and what it leaves running is not waited for", async () => {
  using directory = temporaryDirectory();
  const { found } = compiler(directory.path, "sleep 600 &\nyes mistake | head -c 200000 >&2");
  const { errors = [] } = (await found?.check("print 1", forever)) ?? {};
  expect(errors.length).toBe(8_000);
});

test("one that never stops talking is ended: what it has said says enough, and fills no disk", async () => {
  using directory = temporaryDirectory();
  const { found, seen } = compiler(directory.path, "exec yes mistake >&2");
  const { errors = [] } = (await found?.check("print 1", forever)) ?? {};
  expect(errors.length).toBe(8_000);
  expect(existsSync(seen())).toBe(false);
});

test("one that says nothing and fails has found nothing valid", async () => {
  using directory = temporaryDirectory();
  const { found } = compiler(directory.path, "exit 3");
  const failure = await found?.check("print 1", forever).catch((error: unknown) => error);
  expect(failure).toHaveProperty("message", "bbjcpl cannot be run: it ended with exit code 3");
});

test("where there is none, none is found", () => {
  using directory = temporaryDirectory();
  const world = { env: { PATH: directory.path }, cwd: directory.path, clock: new HandClock() };
  expect(findCompiler(undefined, world)).toBeUndefined();
  expect(() => findCompiler("missing", world)).toThrow('bbjcpl must be a program that can be run, not "missing"');
});
