// What PDFs cost, against poppler's `pdftotext` on the same files, in turns.
//   bun test/bench/pdf-speed.ts CORPUS [EXECUTABLE ...]
//   CORPUS   a folder with sources.toml: the PDFs of the sources that are enabled
// Processor time of one warm process that reads all files, round after round, and of one that runs `parse` on them with
// two Workers, loading and compiling included; both also by page and by megabyte, and the peak memory of the latter.
// Executables (default: the sources) are measured beside each other, for before and after.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { Glob } from "bun";
import { z } from "zod";
import { readPdf } from "../../src/parsers/pdf/read-pdf.ts";
import { report } from "./figure.ts";

const ROUNDS = 5;
/** Rounds in which the process gets warm. */
const ROUNDS_COLD = 2;
const MICROSECONDS_PER_SECOND = 1_000_000;
const BYTES_PER_MEGABYTE = 1024 * 1024;

const sourcesShape = z.object({
  sources: z.array(
    z.object({ parser: z.string(), paths: z.array(z.string()), enabled: z.boolean().default(true) }).loose(),
  ),
});

const [corpus = ".", ...executables] = process.argv.slice(2);
const dataDir = resolve(corpus);
const { sources: all } = sourcesShape.parse(Bun.TOML.parse(readFileSync(join(dataDir, "sources.toml"), "utf8")));
const paths = all.flatMap((source) => (source.parser === "pdf" && source.enabled ? source.paths : []));
const names = paths.flatMap((path) => [...new Glob(path).scanSync(dataDir)]).sort();
const files = await Promise.all(
  names.map(async (name) => ({ path: join(dataDir, name), bytes: await Bun.file(join(dataDir, name)).bytes() })),
);
const megabytes = files.reduce((sum, { bytes }) => sum + bytes.length, 0) / BYTES_PER_MEGABYTE;

const ours: number[] = [];
const theirs: number[] = [];
let pages = 0;
for (let round = 0; round < ROUNDS_COLD + ROUNDS; round++) {
  const since = process.cpuUsage();
  pages = 0;
  for (const { bytes } of files) {
    const content = await readPdf(bytes.slice(), undefined).catch(() => undefined);
    pages += content?.pages ?? 0;
  }
  const { user, system } = process.cpuUsage(since);
  if (round < ROUNDS_COLD) continue;
  ours.push((user + system) / MICROSECONDS_PER_SECOND);
  theirs.push(secondsOfPdftotext());
}
console.log(
  `${files.length} files, ${pages} pages, ${megabytes.toFixed(1)} MB; ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}`,
);
say("pdftotext", theirs);
say("one warm process", ours);
report({
  what: "PDF, one warm process, against pdftotext",
  value: median(ours) / median(theirs),
  unit: "x",
  most: 1.1,
});

const home = mkdtempSync(join(tmpdir(), "pdf-speed-"));
try {
  const config = join(home, "sources.toml");
  writeFileSync(config, `[[sources]]\nname = "pdf"\nparser = "pdf"\npaths = ${JSON.stringify(paths)}\n`);
  const sources = [process.execPath, resolve(import.meta.dir, "../../src/cli.ts")];
  const programs = executables.length === 0 ? [sources] : executables.map((path) => [resolve(path)]);
  const runs = programs.map((command) => ({ command, seconds: [0].slice(1), peaks: [0].slice(1) }));
  const besides: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    besides.push(secondsOfPdftotext());
    for (const { command, seconds, peaks } of runs) {
      const { resourceUsage } = Bun.spawnSync(
        [...command, "parse", "--json", "--full", "--source", "pdf", "--config", config, "--data-dir", dataDir],
        { stdout: "ignore", stderr: "ignore" },
      );
      seconds.push(Number(resourceUsage.cpuTime.total) / MICROSECONDS_PER_SECOND);
      peaks.push(resourceUsage.maxRSS / BYTES_PER_MEGABYTE);
    }
  }
  say("pdftotext beside runs", besides);
  for (const [index, { command, seconds, peaks }] of runs.entries())
    say(`run ${index + 1}, ${basename(command.at(-1) ?? "")}`, seconds, besides, peaks);
  const { seconds = [], peaks = [] } = runs.at(-1) ?? {};
  report({ what: "PDF, a whole run, against pdftotext", value: median(seconds) / median(besides), unit: "x", most: 2 });
  report({ what: "PDF, a whole run with two Workers: peak memory", value: median(peaks), unit: "MB", most: 250 });
} finally {
  rmSync(home, { recursive: true });
}

function secondsOfPdftotext(): number {
  let microseconds = 0;
  for (const { path } of files) {
    const { resourceUsage } = Bun.spawnSync(["pdftotext", "-enc", "UTF-8", path, "-"], { stdout: "ignore" });
    microseconds += Number(resourceUsage.cpuTime.total);
  }
  return microseconds / MICROSECONDS_PER_SECOND;
}

/** The medians: other work on the machine makes some rounds dearer than others. */
function say(
  what: string,
  seconds: readonly number[],
  against: readonly number[] = theirs,
  peaks?: readonly number[],
): void {
  const own = median(seconds);
  console.log(
    [
      what.padEnd(32),
      `${own.toFixed(2)} s`,
      `${((own / pages) * 1_000).toFixed(2)} ms a page`,
      `${(own / megabytes).toFixed(2)} s a MB`,
      `${(own / median(against)).toFixed(2)} times pdftotext`,
      ...(peaks === undefined
        ? []
        : [`peak RSS ${median(peaks).toFixed(0)} MB (at most ${Math.max(...peaks).toFixed(0)})`]),
    ].join("  "),
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
