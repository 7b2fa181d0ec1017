import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "bun:test";
import { EXECUTABLE, run } from "../support/executable.ts";
import { commandInTerminal } from "../support/terminal.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const cwd = directory.path;
mkdirSync(join(cwd, "bin"));
mkdirSync(join(cwd, "docs"));
symlinkSync(EXECUTABLE, join(cwd, "bin/bbj-ingest-all"));
writeFileSync(join(cwd, "questions.jsonl"), "");
writeFileSync(join(cwd, "sources.toml"), sourcesNamed("manuals", "two words"));
writeFileSync(join(cwd, "other.toml"), sourcesNamed("elsewhere"));
const env = { PATH: `${join(cwd, "bin")}:/usr/bin:/bin`, HOME: cwd, TERM: "xterm" };

/** What stands before the cursor, what is offered then, and what is not. */
const LINES: readonly (readonly [line: string, offered: readonly string[], absent: readonly string[]])[] = [
  ["", ["ingest", "search", "completions"], ["manuals", "docs"]],
  ["sea", ["search"], ["ingest"]],
  ["--dry", ["--dry-run"], ["--limit"]],
  ["search --lim", ["--limit"], ["--clean"]],
  ["--embedder ", ["ollama", "builtin"], ["ingest", "docs"]],
  ["search grid --mode=h", ["hybrid"], ["vector"]],
  ["eval questions.jsonl --mode text,hy", ["text,hybrid"], ["vector"]],
  ["--source ma", ["manuals"], ["two"]],
  ["--config other.toml --source e", ["elsewhere"], ["manuals"]],
  ["--source two", ["two\\ words"], ["manuals"]],
  ["remove ma", ["manuals"], ["docs"]],
  ["eval que", ["questions.jsonl"], ["manuals"]],
  ["--config o", ["other.toml"], ["manuals"]],
  ["--data-dir ", ["docs"], ["sources.toml", "manuals"]],
  ["search --generation d", ["dwc"], ["docs"]],
  ["search --doc-type tu", ["tutorial"], ["manuals"]],
  ["help setti", ["settings"], ["search"]],
  ["completions z", ["zsh"], ["bash"]],
  ["-q --workers 3 search --source ma", ["manuals"], ["ingest"]],
];

/** Skipped by name where a shell is not installed. */
const inShell = (name: string) => (Bun.which(name) === null ? test.skip : test);

inShell("bash")("bash offers what fits the place of the cursor", () => {
  const asked = LINES.map(([line]) => {
    // "=" is a word of its own for bash.
    const words = `bbj-ingest-all ${line}`.replace("=", " = ").split(" ");
    const list = words.map((word) => `'${word}'`).join(" ");
    return `COMP_WORDS=(${list}) COMP_CWORD=${words.length - 1}; _bbj_ingest_all; echo "$(IFS='|'; echo "\${COMPREPLY[*]}")"`;
  });
  const script = `source <(bbj-ingest-all completions bash)\n${asked.join("\n")}`;
  const { stdout, stderr } = Bun.spawnSync(["bash", "--norc", "-c", script], { cwd, env });
  expect(stderr.toString()).toBe("");
  const offers = stdout.toString().split("\n");
  for (const [index, [line, offered, absent]] of LINES.entries()) {
    const found = new Set(offers[index]?.split("|"));
    const missing = offered.filter((word) => !found.has(word));
    expect({ line, missing, wrong: absent.filter((word) => found.has(word)) }).toEqual({
      line,
      missing: [],
      wrong: [],
    });
  }
});

inShell("fish")("fish offers what fits the place of the cursor", () => {
  const asked = LINES.map(([line]) => `complete -C 'bbj-ingest-all ${line}'; echo END`);
  const script = `bbj-ingest-all completions fish | source\n${asked.join("\n")}`;
  const { stdout, stderr } = Bun.spawnSync(["fish", "--no-config", "-c", script], { cwd, env });
  expect(stderr.toString()).toBe("");
  const offers = stdout.toString().split("END\n");
  for (const [index, [line, offered, absent]] of LINES.entries()) {
    const found = new Set(
      (offers[index] ?? "").split("\n").map((one) => (one.split("\t")[0] ?? "").replace(/^--mode=|\/$/g, "")),
    );
    // What it inserts has its blanks quoted, what it offers has not.
    const missing = offered.filter((word) => !found.has(word.replaceAll("\\", "")));
    expect({ line, missing, wrong: absent.filter((word) => found.has(word)) }).toEqual({
      line,
      missing: [],
      wrong: [],
    });
  }
});

inShell("zsh")("zsh offers what fits the place of the cursor", async () => {
  const setUp = [
    ...["autoload -Uz compinit", "compinit -D -u", "unsetopt list_beep", "LISTMAX=1000"],
    ...["zstyle ':completion:*' insert-tab false", "source <(bbj-ingest-all completions zsh)"],
  ];
  const shell = commandInTerminal(["zsh", "-f", "-i"], { cwd, env, cols: 120, rows: 60 });
  shell.press(`${setUp.join("; ")}; PS1='ready''0>'\n`);
  for (const [index, [line, offered, absent]] of LINES.entries()) {
    // Keys are the line editor's from its prompt on; Ctrl-D lists what there is.
    await shell.sees(`ready${index}>`);
    const from = shell.text().length;
    const typed = `bbj-ingest-all ${line}`;
    shell.press(`${typed}\x04\x15PS1='ready''${index + 1}>'\n`);
    await shell.sees(`ready${index + 1}>`);
    const [said = ""] = shell.text().slice(from).split("PS1=");
    const words = new Set(said.replace(typed, "").split(/(?<!\\)[\s,=]+|[/\x08]/));
    // Of several the one that is not yet there.
    const missing = offered.filter((word) => !words.has(word.replace(/^.*,/, "")));
    const wrong = absent.filter((word) => words.has(word));
    expect({ line, said, missing, wrong }).toMatchObject({ line, missing: [], wrong: [] });
  }
  shell.press("exit\n");
  await shell.exitCode();
});

inShell("bash")("someone who types in bash gets names with blanks as one word, and files", async () => {
  const shell = commandInTerminal(["bash", "--norc", "--noprofile", "-i"], { cwd, env, cols: 120 });
  shell.press("source <(bbj-ingest-all completions bash); PS1='ready''0>'\n");
  const lines = [
    ["--source tw\t", "<--source><two words>"],
    ['--source "tw\t', "<--source><two words>"],
    ["--config oth\t -q", "<--config><other.toml><-q>"],
    ["--data-dir do\t", "<--data-dir><docs/>"],
    ["search --mode=te\t", "<search><--mode=text>"],
  ];
  for (const [index, [typed = "", sees = ""]] of lines.entries()) {
    await shell.sees(`ready${index}>`);
    // The words of the line are printed, from its beginning on.
    shell.press(`bbj-ingest-all ${typed}\x01printf '<%s>' \n`);
    await shell.sees(sees);
    shell.press(`PS1='ready''${index + 1}>'\n`);
  }
  shell.press("exit\n");
  await shell.exitCode();
});

describe("each script is without a mistake for", () => {
  for (const shell of ["bash", "zsh", "fish"])
    inShell(shell)(shell, async () => {
      const { stdout } = await run(["completions", shell], { cwd });
      await Bun.write(join(cwd, `script.${shell}`), stdout);
      const checked = Bun.spawnSync([shell, "-n", join(cwd, `script.${shell}`)], { env });
      expect([checked.exitCode, checked.stderr.toString()]).toEqual([0, ""]);
    });
});

test("the names of sources are asked for in silence, whatever the sources file is", async () => {
  const ofSources = (...args: string[]) => run(["completions", "sources", ...args], { cwd });
  expect(await ofSources()).toEqual({ exitCode: 0, stdout: "manuals\ntwo words\n", stderr: "" });
  await Bun.write(join(cwd, "broken.toml"), "[[sources");
  for (const file of ["missing.toml", "broken.toml", "docs"])
    expect(await ofSources("--config", file)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});

function sourcesNamed(...names: string[]): string {
  return names.map((name) => `[[sources]]\nname = "${name}"\nparser = "mdx"\npaths = ["docs"]\n`).join("");
}
