import { perSecond } from "../text/words.ts";
import { bestInFlight, type Rate } from "./doctor/throughput.ts";
import { guidedLines } from "./fields.ts";
import { answer, type Prompts } from "./prompts.ts";

type WorkersAsked = {
  readonly workers: number;
  /** `ingest_max_workers`. */
  readonly most: number;
  /** What was measured of the embedder; none when that was not possible. */
  readonly rates: readonly Rate[];
  /** Of the terminal. */
  readonly columns: number | undefined;
};

/** Asks for the number of embedding requests in flight, with what more of them would win. */
export async function chooseWorkers(clack: Prompts, { workers, most, rates, columns }: WorkersAsked): Promise<number> {
  const win = winText(rates);
  if (win !== "") clack.log.info(guidedLines(win, columns).join("\n"));
  const given = await clack.text({
    message: `How many workers? (1 to ${most})`,
    initialValue: String(Math.min(workers, most)),
    validate: (value = "") =>
      isWorkerCount(value, most) ? undefined : `A number from 1 to ${most}, which is ingest_max_workers`,
  });
  return Number(answer(given));
}

/** `4 workers are 1.9 times as fast as 1 (measured: 3.1, 5 and 5.9 texts/s at 1, 2 and 4)`; "" where that is not known. */
function winText(rates: readonly Rate[]): string {
  const [first, ...more] = rates;
  if (first === undefined || more.length === 0) return "";
  const best = bestInFlight(rates);
  const fastest = rates.find(({ inFlight }) => inFlight === best) ?? first;
  const times = fastest.textsPerS / first.textsPerS;
  const speeds = `${listed(rates.map(({ textsPerS }) => String(perSecond(textsPerS, 1_000))))} texts/s`;
  const measured = `measured: ${speeds} at ${listed(rates.map(({ inFlight }) => String(inFlight)))}`;
  const says =
    best === 1
      ? "more than 1 worker wins nothing on this embedder"
      : `${best} workers are ${times.toFixed(1)} times as fast as 1${best === rates.at(-1)?.inFlight ? "; more may win more" : ", and more win nothing"}`;
  return `${says} (${measured})`;
}

function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((part) => part !== "").join(" and ");
}

function isWorkerCount(value: string, most: number): boolean {
  return /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= most;
}
