/** 950 -> "950 ms", 3200 -> "3.2 s", 192000 -> "3m 12s". */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  return hours > 0 ? `${hours}h ${minutes}m ${seconds % 60}s` : `${minutes}m ${seconds % 60}s`;
}

/** 12800 -> "12,800". */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** How many a second, in `ms`; of a few with a decimal place, or slow ones would be none. */
export function perSecond(value: number, ms: number): number {
  const rate = (value * 1_000) / Math.max(ms, 1);
  return rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate);
}

/** "1 chunk", "2 chunks". */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Whether there is anything in a text to ask for: a letter or a digit. */
export function hasWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
