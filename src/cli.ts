import { existsSync, readFileSync, realpathSync } from "node:fs";
import { constants } from "node:os";
import * as path from "node:path";
import { isatty } from "node:tty";
import { appearanceOf } from "./commands/appearance.ts";
import type { World } from "./commands/world.ts";
import { callOf } from "./config/call.ts";
import { type CommandLine, type Flags, parseCommandLine, readArguments } from "./config/flags.ts";
import { hideFromDriver, processEnvironment } from "./config/environment.ts";
import { SOURCES_FILE_DEFAULT } from "./config/flag-table.ts";
import { VERSION } from "./text/program.ts";
import { everySecond, systemClock } from "./flow/clock.ts";
import { IngestError } from "./flow/errors.ts";
import { jsonReporter } from "./report/json.ts";
import { systemTerminal } from "./report/live/system-terminal.ts";
import { terminalAbilities } from "./report/live/terminal.ts";
import { quietReporter } from "./report/quiet.ts";
import { checkedOutput } from "./report/standard-output.ts";
import { startParseWorker } from "./start-parse-worker.ts";
import { startPulseWorker } from "./start-pulse-worker.ts";

/** It could not start; nothing was changed. */
const EXIT_NOT_STARTED = 2;
/** Something failed, if only that an answer did not arrive. */
const EXIT_FAILED = 1;
const EXIT_INTERRUPTED = 130;
const SHOW_CURSOR = "\x1b[?25h";

/** Of a terminal that does not say (`docker exec -t`). */
const SIZE_UNKNOWN = { columns: 80, rows: 24 };
/** Prompts cut their escape codes in pieces where there is less. */
const COLUMNS_MIN = 30;

/** Bun prints an error that nobody caught, and goes on to exit code 0 (1.4.5). */
let onUncaught: (error: unknown) => void = crash;
for (const event of ["uncaughtException", "unhandledRejection"])
  process.on(event, (error: unknown) => {
    // A prompt says much when its terminal goes: of that SIGHUP tells.
    if (!world.interactiveTerminal || isatty(process.stdin.fd)) onUncaught(error);
  });
const handlers = new Map<NodeJS.Signals, () => void>();
const interruptCallbacks = new Set<() => void>();
/** All is stored or given up; what is left takes milliseconds and must not be torn. */
let ending = false;
/** A run goes on without a reader: what counts is what is stored. All else that is asked for is what is printed. */
let isRun = false;
/** The flags that prompts led to. */
let answered: Flags | undefined;
if (process.stdout.isTTY) {
  correctSize();
  process.stdout.on("resize", correctSize);
}
const output = checkedOutput(process.stdout);
/** As the user's shell found it, so that a command line that is printed can be pasted there. */
const program = Bun.isStandaloneExecutable ? [calledBy(process.argv0)] : [process.argv0, ...process.argv.slice(1, 2)];
const world: World = {
  program,
  env: processEnvironment,
  cwd: process.cwd(),
  stdout: output,
  stderr: process.stderr,
  terminal: systemTerminal(process.stderr, processEnvironment, startPulseWorker),
  clock: systemClock,
  everySecond,
  startParseWorker,
  interactiveTerminal:
    isatty(process.stdin.fd) && isatty(process.stdout.fd) && terminalAbilities(processEnvironment) !== undefined,
  async whileDeaf(work) {
    for (const [signal, heard] of handlers) process.off(signal, heard);
    try {
      return await work();
    } finally {
      for (const [signal, heard] of handlers) process.on(signal, heard);
    }
  },
  onUncaught(callback) {
    onUncaught = callback;
    return () => {
      onUncaught = crash;
    };
  },
  onInterrupt(callback, { goesOn = false } = {}) {
    interruptCallbacks.add(callback);
    return () => {
      interruptCallbacks.delete(callback);
      if (!goesOn) ending = true;
    };
  },
};

/** How the launcher of the npm package passes on a signal, which may have come here too: the same asking then. */
const PASSED_ON = "SIGUSR2";
let [interrupts, passedOn] = [0, 0];
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // A run under `nohup` outlives its terminal.
  if (signal === "SIGHUP" && isIgnored(signal)) continue;
  handlers.set(signal, () => {
    interrupts++;
    if (interrupts > passedOn) stop();
  });
}
if (process.platform !== "win32")
  handlers.set(PASSED_ON, () => {
    passedOn++;
    if (passedOn > interrupts) stop();
  });
for (const [signal, heard] of handlers) process.on(signal, heard);
/** Their end is not called back (Bun 1.4.5). */
const broken = new Set<NodeJS.WriteStream>();
// A reader that leaves (`| head`), or a terminal that closes, does not end a run.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => broken.add(stream));

hideFromDriver();
const code = await main(process.argv.slice(2));
// From here on one signal is enough: a reader may take its time, or never read.
ending = false;
await delivered(process.stdout);
const isLost = output.problem !== "" && !isRun;
if (isLost) world.stderr.write(`error: what was to be printed could not be written to stdout: ${output.problem}\n`);
await delivered(process.stderr);
process.exit(isLost ? code || EXIT_FAILED : code);

function correctSize(): void {
  const { stdout } = process;
  if (stdout.columns === 0) Object.assign(stdout, SIZE_UNKNOWN);
  else if (stdout.columns < COLUMNS_MIN) stdout.columns = COLUMNS_MIN;
}

/** Asks for the end; the second time leaves. */
function stop(): void {
  if (Math.max(interrupts, passedOn) > 1 || (interruptCallbacks.size === 0 && !ending)) leave();
  for (const callback of interruptCallbacks) callback();
}

function leave(exitCode = EXIT_INTERRUPTED): never {
  // A prompt that is left open has hidden it.
  if (world.interactiveTerminal) process.stdout.write(SHOW_CURSOR);
  process.exit(exitCode);
}

function crash(error: unknown): void {
  // What a run has changed by then nobody knows.
  const exitCode = isRun ? EXIT_FAILED : EXIT_NOT_STARTED;
  void report(error, process.argv.slice(2)).finally(() => leave(exitCode));
}

async function main(argv: string[]): Promise<number> {
  try {
    const line = parseCommandLine(argv, { interactiveTerminal: world.interactiveTerminal });
    return await run(line, argv.length === 0);
  } catch (error) {
    await report(error, argv);
    return error instanceof IngestError && error.code === "interrupted" ? EXIT_INTERRUPTED : EXIT_NOT_STARTED;
  }
}

// Commands are loaded when they run: `--help` and a wrong flag are answered without them.
async function run({ command, flags, positionals }: CommandLine, bare: boolean): Promise<number> {
  switch (command) {
    case "init":
      return (await import("./commands/init/init.ts")).init(flags, positionals, world, runAnswered);
    case "search":
      return (await import("./commands/search.ts")).search(flags, positionals.join(" ").trim(), world);
    case "eval":
      return (await import("./commands/eval.ts")).evaluate(flags, positionals, world);
    case "parse":
      return (await import("./commands/parse.ts")).parse(flags, world);
    case "status":
      return (await import("./commands/status.ts")).status(flags, world);
    case "ls":
      return (await import("./commands/ls.ts")).ls(flags, positionals, world);
    case "show":
      return (await import("./commands/show/show.ts")).show(flags, positionals.join(" ").trim(), world);
    case "report":
      return (await import("./commands/report.ts")).report(flags, world);
    case "doctor":
      return (await import("./commands/doctor/doctor.ts")).doctor(flags, world);
    case "remove":
      return (await import("./commands/remove.ts")).remove(flags, positionals, world);
    case "serve":
      return (await import("./serve/serve.ts")).serve(flags, world);
    case "mcp":
      return (await import("./serve/mcp.ts")).mcp(flags, world);
    case "help":
      world.stdout.write((await import("./commands/help/help-text.ts")).helpText(positionals[0], appearanceOf(world)));
      return 0;
    case "version":
      world.stdout.write(`${VERSION}\n`);
      return 0;
    case "licenses": {
      // As the build of the executable found them; from source, those of the last build.
      const text = await (await import("./flow/packed-file.ts")).packedFile("dist/THIRD-PARTY.txt");
      world.stdout.write(Buffer.from(text).toString());
      return 0;
    }
    case "completions":
      return (await import("./commands/completions/completions.ts")).completions(flags, positionals, world);
    case "man":
      world.stdout.write((await import("./commands/help/manual-page.ts")).manualPage());
      return 0;
    case "ingest":
      return flags.interactive || (bare && world.interactiveTerminal) ? interactiveIngest(flags) : runIngest(flags);
  }
}

async function report(error: unknown, argv: readonly string[]): Promise<void> {
  // Loaded when there is one: events are declared with zod, which takes `--help` 5 ms.
  const { errorEvent } = await import("./ingest/events.ts");
  const event = errorEvent(error, callOf(program, answered ?? readArguments(argv).values));
  quietReporter({ output: world.stderr }).report(event);
  if (argv.includes("--json")) jsonReporter({ output: world.stdout, clock: world.clock }).report(event);
}

async function runIngest(flags: Flags): Promise<number> {
  isRun = !flags.dryRun;
  const { ingest } = await import("./commands/ingest.ts");
  try {
    return await ingest(flags, world);
  } finally {
    // Questions may follow, and a terminal that closes then ends them.
    ending = false;
  }
}

/** What prompts have led to. */
async function runAnswered(flags: Flags): Promise<number> {
  answered = flags;
  return runIngest(flags);
}

/** Prompts, then the same run as with flags; where there is no list of sources yet, one is made first. */
async function interactiveIngest(flags: Flags): Promise<number> {
  if (!hasSources(flags)) return (await import("./commands/init/init.ts")).init(flags, [], world, runAnswered);
  return (await import("./commands/interactive/interactive.ts")).interactive(flags, world, runAnswered);
}

function hasSources({ config = SOURCES_FILE_DEFAULT }: Flags): boolean {
  return existsSync(path.resolve(world.cwd, config));
}

/** The word that calls this executable: the one that did, unless another program is found by it. */
function calledBy(word: string): string {
  try {
    const found = word.includes("/") ? word : (Bun.which(word) ?? "");
    return realpathSync(found) === realpathSync(process.execPath) ? word : process.execPath;
  } catch {
    return process.execPath;
  }
}

/** Resolves when what was written has left, or cannot leave. Only the end of a stream waits for that: `write("")` calls back at once (Bun 1.4.5). */
function delivered(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (broken.has(stream) || stream.destroyed || !stream.writable) return resolve();
    stream.once("error", () => resolve());
    stream.end(() => resolve());
  });
}

/**
 * Whether whoever started this process had it ignore `signal`, as `nohup` does with SIGHUP. Ask before a handler is set:
 * a handler ends it. Known on Linux only; false elsewhere.
 */
function isIgnored(signal: NodeJS.Signals): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
    return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
  } catch {
    return false;
  }
}
