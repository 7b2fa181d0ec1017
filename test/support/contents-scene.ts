import { expect } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXECUTABLE, run } from "./executable.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export const LEXICAL = ["--embedder", "lexical", "--dimensions", "16"];

/** Command lines that stand on lines of their own. */
export function commandsIn(text: string): string[] {
  return text.split("\n").flatMap((line) => (line.startsWith(`  ${EXECUTABLE}`) ? [line.trim()] : []));
}

/** A folder of Markdown sources, and what a test does with the corpus that is made of it. */
export function contentsScene(database: string, sources: Readonly<Record<string, readonly string[]>>) {
  const directory = temporaryDirectory();
  const { path } = directory;
  const list = (names: readonly string[], disabled: readonly string[] = []) => {
    const entries = names.map((name) =>
      [
        "[[sources]]",
        `name = "${name}"`,
        `parser = "mdx"`,
        `paths = ["${name}"]`,
        `enabled = ${!disabled.includes(name)}`,
      ].join("\n"),
    );
    writeFileSync(join(path, "sources.toml"), entries.join("\n\n"));
  };
  const write = (name: string, page: string, text = `What ${page} of ${name} says of channels.`) => {
    mkdirSync(join(path, name), { recursive: true });
    writeFileSync(join(path, name, `${page}.md`), `# ${page} of ${name}\n\n${text}\n`);
  };
  for (const [name, pages] of Object.entries(sources)) for (const page of pages) write(name, page);
  list(Object.keys(sources));
  const call = (...args: string[]) => run([...args, "--database-url", database], { cwd: path });
  return {
    path,
    list,
    write,
    call,
    /** Makes the corpus, or brings it up to date. */
    async ingest(...args: string[]) {
      const outcome = await call(...LEXICAL, ...args);
      expect([outcome.exitCode, outcome.stderr]).toEqual([0, outcome.stderr]);
      return outcome;
    },
    /** The lines of a command with `--json`. */
    async lines(...args: string[]) {
      const { exitCode, stdout, stderr } = await call(...args, "--json");
      expect([exitCode, stderr]).toEqual([0, ""]);
      return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
    },
    /** Exit code and output of a command line that was printed. */
    async paste(command: string, more = "") {
      const child = Bun.spawn(["sh", "-c", `${command} ${more}`], {
        ...{ cwd: path, env: { PATH: "/usr/bin:/bin", HOME: path }, stdin: "ignore" },
        ...{ stdout: "pipe", stderr: "pipe" },
      });
      const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
      return { exitCode, stdout, stderr };
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}
