import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "bun:test";
import { z } from "zod";
import { doctorLines } from "../../scripts/json-events.ts";
import { EXECUTABLE, run } from "./executable.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const findingShape = z.object({
  area: z.string(),
  what: z.string(),
  state: z.enum(["ok", "note", "warning", "problem"]),
  detail: z.string(),
  remedy: z.string().nullable(),
  into: z.string().nullable(),
  hint: z.string(),
});
const summaryShape = z.object({
  exit_code: z.int(),
  ok: z.int(),
  notes: z.int(),
  warnings: z.int(),
  problems: z.int(),
});
const anyLine = z.union(doctorLines);

export type Found = z.infer<typeof findingShape>;
export type Examined = { readonly exitCode: number; readonly findings: readonly Found[] };

type SceneOptions = {
  /** After the command. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: string;
};

/** Without a server, and quick. */
export const LEXICAL = 'embedding_provider = "lexical"\nembedding_dimensions = 16\n';

/** A folder with a source of one page, and what doctor says there. */
export function doctorScene({ args = [], env = {}, config = LEXICAL }: SceneOptions = {}) {
  const directory = temporaryDirectory();
  const { path } = directory;
  const at = (name: string) => join(path, name);
  mkdirSync(at("docs"));
  writeFileSync(at("docs/page.md"), "# Channels\n\nWhat docs says of channels.\n");
  writeFileSync(at("sources.toml"), '[[sources]]\nname = "docs"\nparser = "mdx"\npaths = ["docs"]\n');
  if (config !== "") writeFileSync(at("config.toml"), config);
  const inEnvironment = { PATH: "/usr/bin:/bin", HOME: path, ...env };

  /** Runs lines in a shell of the scene's environment; the last thing they do is to ask doctor. */
  async function shell(lines: string): Promise<Examined> {
    const child = Bun.spawn(["sh", "-c", lines], { cwd: path, env: inEnvironment, stdout: "pipe", stderr: "pipe" });
    const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect(stdout, stderr).toContain('"type":"doctor"');
    return examinedBy(stdout, exitCode);
  }
  const asked = [EXECUTABLE, "doctor", "--json", ...args].map((word) => `'${word}'`).join(" ");

  return {
    path,
    at,
    env: inEnvironment,
    write: (name: string, text: string) => writeFileSync(at(name), text),
    /** Runs the executable. */
    call: (...words: string[]) => run([...words, ...args], { cwd: path, env }),
    async doctor(...more: string[]): Promise<Examined> {
      const { stdout, exitCode } = await run(["doctor", "--json", ...more, ...args], { cwd: path, env });
      return examinedBy(stdout, exitCode);
    },
    /** Pastes what mends a finding where it says, and asks again. `psql`: takes what is for psql. */
    async paste({ remedy, into, what }: Found, psql?: (statements: string) => Promise<unknown>): Promise<Examined> {
      if (remedy === null || into === null) throw new Error(`${what} has no remedy`);
      if (into === "psql") {
        if (psql === undefined) throw new Error(`${what} is for psql`);
        await psql(remedy);
        return shell(asked);
      }
      if (into !== "shell") pasteLine(path, into, remedy);
      // A call of doctor says by itself how things are then.
      if (into === "shell" && / doctor(?: |$)/.test(remedy)) return shell(`${remedy} --json`);
      return shell(into === "shell" ? `{\n${remedy}\n} >&2\n${asked}` : asked);
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

/** The finding about one thing; if there are several, the first that is not fine. */
export function findingOf({ findings }: Examined, what: string, area?: string): Found | undefined {
  const about = findings.filter((finding) => finding.what === what && (area === undefined || finding.area === area));
  return about.find(({ state }) => state !== "ok") ?? about[0];
}

/** What the lines of an outcome say, each of which is as it is documented. */
export function examinedBy(stdout: string, exitCode: number): Examined {
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  for (const line of lines) expect(anyLine.safeParse(line).error).toBeUndefined();
  const findings = lines.slice(0, -1).map((line) => findingShape.parse(line));
  const count = (state: Found["state"]) => findings.filter((finding) => finding.state === state).length;
  const counts = { ok: count("ok"), notes: count("note"), warnings: count("warning"), problems: count("problem") };
  expect(summaryShape.parse(lines.at(-1))).toEqual({ exit_code: exitCode, ...counts });
  expect(exitCode).toBe(counts.problems > 0 ? 1 : 0);
  return { exitCode, findings };
}

/** Puts lines into a file, or an entry of it: in the place of the line with the same key, where there is one. */
function pasteLine(directory: string, into: string, remedy: string): void {
  const [, file = into, line, name] =
    /^(.*?)(?::(\d+))?, in the entry (?:of "(.*)"|that begins there)$/.exec(into) ?? [];
  const path = join(directory, file);
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  const isHead = (text: string | undefined) => text === undefined || text.startsWith("[[");
  let from = line === undefined ? 0 : Number(line);
  if (name !== undefined) from = lines.indexOf(`name = "${name}"`);
  const isEntry = line !== undefined || name !== undefined;
  for (const added of remedy.split("\n")) {
    const key = /^\w+ =/.exec(added)?.[0];
    let end = from;
    while (isEntry ? !isHead(lines[end]) : end < lines.length) end++;
    const found =
      key === undefined ? -1 : lines.findIndex((text, index) => index >= from && index < end && text.startsWith(key));
    if (found >= 0 && lines.length > 0) lines[found] = added;
    else lines.splice(isEntry ? from + 1 : lines.length, 0, added);
  }
  writeFileSync(path, lines.join("\n"));
}
