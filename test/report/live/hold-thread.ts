// Holds its only thread until a key is pressed, while a clock is kept.
import { readSync, writeSync } from "node:fs";
import { Pulse } from "../../../src/report/live/pulse.ts";
import { startPulseWorker } from "../../../src/start-pulse-worker.ts";

const pulse = new Pulse(startPulseWorker, 65_000);
pulse.write(() => writeSync(2, "\x1b7ready"));
readSync(0, new Uint8Array(1));
pulse.end();
process.exit(0);
