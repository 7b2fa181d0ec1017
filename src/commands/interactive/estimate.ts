import { count, duration, plural } from "../../text/words.ts";
import type { Rate } from "../doctor/throughput.ts";

/** `up to 40 texts, about 20 s`; "" for none. No time is said where no speed was measured. */
export function estimateText(texts: number, rates: readonly Rate[], workers: number): string {
  if (texts === 0) return "";
  const known = rates.filter(({ inFlight }) => inFlight <= workers);
  const textsPerS = Math.max(0, ...known.map((rate) => rate.textsPerS));
  const time = textsPerS === 0 ? "" : `, about ${roughly((texts * 1_000) / textsPerS)}`;
  return `up to ${texts === 1 ? plural(texts, "text") : `${count(texts)} texts`}${time}`;
}

/** What comes of a short probe has no decimal places. */
function roughly(ms: number): string {
  return ms < 60_000 ? `${Math.max(1, Math.round(ms / 1_000))} s` : duration(ms);
}
