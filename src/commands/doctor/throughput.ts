import type { Clock } from "../../flow/clock.ts";

/** Requests in flight that are tried, one after the other. */
const LEVELS = [1, 2, 4] as const;
/** For each of them; what is in flight by then is waited for. */
const LEVEL_MS = 700;
/** A level that would take longer is not tried: a server that takes one request at a time says no more there. */
const LEVEL_MS_MAX = 5_000;
/** Of a request: few enough to be short, and enough to be one of a run. */
const TEXTS_IN_REQUEST = 4;
/** A server that takes longer for one text is sent one at a time. */
const QUICK_TEXT_MS_MAX = 200;
/** More requests in flight are worth it only for so much more speed. */
const GAIN_MIN = 1.1;
const WORDS = (
  "the window opens a channel and reads each record of the file until the end of the table is reached where a method of " +
  "the object returns its value as a string that the program prints on the page after it was sorted by name and number"
).split(" ");

export type Rate = { readonly inFlight: number; readonly textsPerS: number };

type MeasureOptions = {
  readonly embed: (texts: readonly string[], signal: AbortSignal) => Promise<unknown>;
  /** Of a text. */
  readonly characters: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/**
 * Texts a second at 1, 2 and 4 requests in flight, by a short probe with texts of that length, which are all different. Of a
 * server that is slow or fails fewer levels are known, perhaps none.
 */
export async function measureRates({ embed, characters, clock, signal }: MeasureOptions): Promise<Rate[]> {
  const rates: Rate[] = [];
  let sent = 0;
  const timed = async (texts: number) => {
    const startedMs = clock.now();
    await embed(
      Array.from({ length: texts }, () => probeText(sent++, characters)),
      signal,
    );
    return clock.now() - startedMs;
  };
  // The first one is slower than all others, and says how many texts make a request that is short enough.
  let requestMs = await timed(1).catch(() => Infinity);
  if (requestMs === Infinity) return rates;
  const textsInRequest = requestMs > QUICK_TEXT_MS_MAX ? 1 : TEXTS_IN_REQUEST;
  for (const inFlight of LEVELS) {
    if (inFlight > 1 && requestMs * inFlight > LEVEL_MS_MAX) break;
    const startedMs = clock.now();
    let endedMs = startedMs;
    let texts = 0;
    let requests = 0;
    const sendOn = async () => {
      do {
        await timed(textsInRequest);
        texts += textsInRequest;
        requests++;
        endedMs = clock.now();
      } while (endedMs - startedMs < LEVEL_MS);
    };
    try {
      await Promise.all(Array.from({ length: inFlight }, sendOn));
    } catch {
      break;
    }
    requestMs = ((endedMs - startedMs) / requests) * inFlight;
    rates.push({ inFlight, textsPerS: (texts * 1_000) / Math.max(endedMs - startedMs, 1) });
  }
  return rates;
}

/** The fewest requests in flight that are about as fast as any; 1 when nothing was measured. */
export function bestInFlight(rates: readonly Rate[]): number {
  const most = Math.max(0, ...rates.map(({ textsPerS }) => textsPerS));
  return rates.find(({ textsPerS }) => textsPerS * GAIN_MIN >= most)?.inFlight ?? 1;
}

/** A text like no other, in words that a model knows. */
function probeText(number: number, characters: number): string {
  let text = `${number}.`;
  for (let index = number * 7; text.length < characters; index += 1 + (number % 5))
    text += ` ${WORDS[index % WORDS.length]}`;
  return text.slice(0, characters);
}
