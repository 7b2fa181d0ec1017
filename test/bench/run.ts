// All figures that have a limit, beside it, in one run: `npm run bench -- CORPUS [--full] [--peers] [--only WORD]`.
//   CORPUS   a folder with sources.toml, mdx/ and pdf/
//   --full   at the sizes of the limits: an hour instead of five minutes
//   --peers  other tools beside ours, where npm and pip install them
//   --only   scripts with that in their name
// BBJ_RAG_TEST_DATABASE_URL names a server, without which what needs one is left out, and that is said. Writes RESULTS.md's section of
// the last run, with the machine, versions and commit. Exit code 1 when a figure falls short.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { SQL } from "bun";
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type Figure, FIGURES_FILE, figureShape, keepsLimit, limitText, noteShape, rounded } from "./figure.ts";

const RESULTS = join(import.meta.dir, "RESULTS.md");
const [BEGIN, END] = ["<!-- last run -->", "<!-- end of the last run -->"];

type Script = {
  readonly name: string;
  readonly needsServer?: true;
  /** Arguments of a short run and of a full one. */
  readonly args: readonly string[];
  readonly full?: readonly string[];
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: "boolean", default: false },
    peers: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});
const [given = ""] = positionals;
const corpus = resolve(given);
if (given === "" || !existsSync(join(corpus, "sources.toml"))) {
  console.error(
    "usage: npm run bench -- CORPUS [--full] [--peers] [--only WORD]; CORPUS is a folder with sources.toml, mdx/ and pdf/",
  );
  process.exit(2);
}
const server = process.env.BBJ_RAG_TEST_DATABASE_URL;
using directory = temporaryDirectory();

const SCRIPTS: readonly Script[] = [
  { name: "start", args: [] },
  { name: "markdown-speed", args: [join(corpus, "mdx")] },
  { name: "pdf-speed", args: [corpus, join(import.meta.dir, "../../dist/bbj-ingest-all")] },
  { name: "unchanged", args: [], needsServer: true },
  {
    name: "embedding",
    args: [join(corpus, "mdx"), "--only", "8 at once, 200"],
    full: [join(corpus, "mdx")],
    needsServer: true,
  },
  { name: "load", args: [join(directory.path, "embedded"), "20000", "384", "1"] },
  {
    name: "load",
    args: [server ?? "", "20000", "384", "1"],
    full: [server ?? "", "50000", "384", "2"],
    needsServer: true,
  },
  { name: "fresh-load", args: ["10000"], full: ["50000", "2"], needsServer: true },
  { name: "scale", args: ["5000", "20000"], full: ["10000", "100000"], needsServer: true },
  ...(values.peers
    ? [
        {
          name: "peers",
          args: [join(corpus, "mdx")],
          full: [join(corpus, "mdx"), "--turns", "3"],
          needsServer: true as const,
        },
      ]
    : []),
];

const file = join(directory.path, "figures");
const left: string[] = [];
for (const { name, args, full, needsServer } of SCRIPTS.filter(({ name: of }) => of.includes(values.only))) {
  if (needsServer === true && server === undefined) {
    left.push(`${name}: no BBJ_RAG_TEST_DATABASE_URL`);
    continue;
  }
  console.log(`\n== ${name}`);
  const command = [process.execPath, join(import.meta.dir, `${name}.ts`), ...(values.full ? (full ?? args) : args)];
  const child = Bun.spawn(command, {
    ...{ stdin: "ignore", stdout: "inherit", stderr: "inherit" },
    env: { ...process.env, [FIGURES_FILE]: file },
  });
  if ((await child.exited) !== 0) left.push(`${name}: ended with ${child.exitCode ?? child.signalCode}`);
}

const lines = existsSync(file)
  ? readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => z.union([figureShape, noteShape]).parse(JSON.parse(line)))
  : [];
const figures = lines.flatMap((line) => ("note" in line ? [] : [line]));
const notes = lines.flatMap((line) => ("note" in line ? [line.note] : []));
const short = figures.filter((figure) => !keepsLimit(figure));
if (values.only === "") await write(await lastRun(figures, notes, left));
for (const reason of left) console.log(`left out: ${reason}`);
console.log(`${figures.length} figures, ${short.length} fall short${short.map(({ what }) => `\n  ${what}`).join("")}`);
process.exitCode = short.length > 0 || left.length > 0 ? 1 : 0;

async function lastRun(
  all: readonly Figure[],
  remarks: readonly string[],
  missing: readonly string[],
): Promise<string> {
  const rows = all.map((figure) => {
    const { what, value, unit } = figure;
    return `| ${what} | ${rounded(value)} ${unit} | ${limitText(figure)} | ${keepsLimit(figure) ? "" : "falls short"} |`;
  });
  return [
    `${new Date().toISOString().slice(0, 10)}, commit ${await output("git", "rev-parse", "--short", "HEAD")}, version ${packageJson.version}, Bun ${Bun.version}${await serverVersion()};`,
    `${platform()} ${release()} ${arch()}, ${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, load at the end ${loadavg()[0]?.toFixed(1)};`,
    `\`npm run bench -- CORPUS${values.full ? " --full" : ""}${values.peers ? " --peers" : ""}\``,
    "",
    "| what | measured | limit | |",
    "| --- | --: | --: | --- |",
    ...rows,
    ...remarks.map((remark) => `\n${remark}.`),
    ...missing.map((reason) => `\nLeft out: ${reason}.`),
  ].join("\n");
}

async function serverVersion(): Promise<string> {
  if (server === undefined) return "";
  await using sql = new SQL(server, { max: 1 });
  const [row] = await sql.unsafe<{ server: string; pgvector: string }[]>(
    "select current_setting('server_version') as server, (select default_version from pg_available_extensions where name = 'vector') as pgvector",
  );
  return `, PostgreSQL ${row?.server}, pgvector ${row?.pgvector}`;
}

async function output(...command: readonly string[]): Promise<string> {
  return (await Bun.spawn([...command], { stderr: "ignore" }).stdout.text()).trim();
}

async function write(section: string): Promise<void> {
  const text = readFileSync(RESULTS, "utf8");
  const [before = "", rest = ""] = text.split(BEGIN);
  const [, after = ""] = rest.split(END);
  writeFileSync(RESULTS, `${before}${BEGIN}\n\n${section}\n\n${END}${after}`);
  await Bun.spawn([process.execPath, "fmt", RESULTS], { stdout: "ignore" }).exited;
}
