#!/usr/bin/env node
// Runs the executable of the package for this platform, as if it had been called itself. Plain JavaScript, of no
// dependencies, for Node 16 and later and for Bun; installed without a script.
"use strict";

const { spawn } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const { constants } = require("node:os");

const PROGRAM = "bbj-ingest-all";
/** Ctrl-C and `kill`. A terminal, npx and a service manager may have sent the same one to the executable, too. */
const STOPS = ["SIGINT", "SIGTERM"];
/** How the executable hears of them from here, so that it can tell one that it had already. */
const PASSED_ON = "SIGUSR2";
/** npx sends what the terminal has sent once more. */
const SAME_MS = 500;
const FAILED = 2;
const SIGNALLED = 128;

const names = candidates();
const executable = names.map(installed).find((path) => path !== undefined);
if (executable) run(executable);
else fail(missing());

/** The packages that this machine can run, the likeliest first. */
function candidates() {
  const { platform, arch } = process;
  if (platform !== "linux") return [`${PROGRAM}-${platform === "win32" ? "windows" : platform}-${arch}`];
  const both = [`${PROGRAM}-linux-${arch}`, `${PROGRAM}-linux-${arch}-musl`];
  return isMusl() ? both.reverse() : both;
}

/** Package managers that do not know of C libraries install both packages. */
function isMusl() {
  if (existsSync("/etc/alpine-release")) return true;
  try {
    // A shell script of the GNU C library; with musl it is musl's loader.
    return readFileSync("/usr/bin/ldd", "latin1").includes("musl");
  } catch {
    return false;
  }
}

function installed(name) {
  try {
    return require.resolve(`${name}/${PROGRAM}${process.platform === "win32" ? ".exe" : ""}`);
  } catch {
    return undefined;
  }
}

function run(path) {
  const child = spawn(path, process.argv.slice(2), { stdio: "inherit" });
  const heard = new Map();
  let last;
  child.on("error", (error) => fail(`${path} cannot be run: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    // This process ends by the same signal, so that whoever waits for it is told the same.
    const told = signal === PASSED_ON && last !== undefined ? last : signal;
    for (const name of STOPS) process.removeAllListeners(name);
    process.kill(process.pid, told);
    setTimeout(() => process.exit(SIGNALLED + (constants.signals[told] || 0)), SAME_MS);
  });
  for (const name of STOPS) {
    process.on(name, () => {
      const now = Date.now();
      const isSame = now - (heard.get(name) ?? -SAME_MS) < SAME_MS;
      heard.set(name, now);
      last = name;
      // On Windows a Ctrl-C reaches the executable anyway, and no signal could be sent that does not end it.
      if (!isSame && process.platform !== "win32") child.kill(PASSED_ON);
    });
  }
}

function missing() {
  const here = `${process.platform} on ${process.arch}`;
  const known = Object.keys(require("./package.json").optionalDependencies);
  if (!names.some((name) => known.includes(name)))
    return `there is no executable for ${here}; there are ${known.join(", ")}`;
  return `the package ${names[0]}, which has the executable for ${here}, is not installed.
Optional dependencies may have been left out (npm: --omit=optional, --no-optional), or node_modules was copied from
another kind of machine. Install again here, with them, and with --global if it was installed so:
  npm install --include=optional ${PROGRAM}
If that changes nothing, remove node_modules and package-lock.json before.`;
}

function fail(message) {
  console.error(`${PROGRAM}: ${message}`);
  process.exit(FAILED);
}
