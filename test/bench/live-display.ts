// What the live display costs: processor time of drawing a run of some minutes, and bytes that go to the terminal.
// `bun test/bench/live-display.ts [SECONDS] [SOURCES]`
import { LiveDisplay } from "../../src/report/live/live.ts";
import { HandClock } from "../support/hand-clock.ts";
import { batchEvent, progressEvent, sourceStart, startEvent } from "../support/run-events.ts";

const [seconds = 600, sources = 31] = process.argv.slice(2).map(Number);
/** As a fast server answers. */
const BATCHES_A_SECOND = 20;

const clock = new HandClock();
let [bytes, frames] = [0, 0];
const display = new LiveDisplay({
  clock,
  terminal: {
    ...{ columns: 120, rows: 50, isBusy: false, abilities: { colors: true, unicode: true, taskbar: true } },
    ...{ keepTime: () => {}, onChange: () => () => {}, atEnd: () => () => {} },
    write(text) {
      bytes += Buffer.byteLength(text);
      frames++;
    },
  },
});
const names = Array.from({ length: sources }, (_, index) => `source-${index}`);
display.report(startEvent(names));
for (const name of names) display.report(sourceStart(name, 5_000));
const before = process.cpuUsage();
for (let second = 0; second < seconds; second++) {
  for (let batch = 0; batch < BATCHES_A_SECOND; batch++) {
    clock.advance(1_000 / BATCHES_A_SECOND);
    display.report(batchEvent(batch % 4, batch % 2 === 0 ? "sent" : "embedded"));
    await Promise.resolve();
  }
  const name = names[Math.floor((second * sources) / seconds)] ?? "";
  display.report(
    progressEvent(name, { files: second, chunks: second * 10, stored: second * 9, etaS: seconds - second }),
  );
  await new Promise(setImmediate);
}
const { user, system } = process.cpuUsage(before);
display.end();
const cpuMs = (user + system) / 1_000;
console.log(
  `${seconds} s of a run of ${sources} sources: ${cpuMs.toFixed(0)} ms of processor time (${((cpuMs / seconds) * 0.1).toFixed(3)}% of one core), ` +
    `${frames} frames, ${(bytes / seconds).toFixed(0)} bytes a second`,
);
