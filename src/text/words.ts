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

/** A name in at most so many columns: what tells it from others like it is often its end, so that its middle is left out. */
export function shortened(name: string, columns: number, mark = "…"): string {
  const width = Bun.stringWidth(name);
  if (width <= columns) return name;
  const end = Math.max(Math.floor((columns - 1) / 3), 0);
  return Bun.sliceAnsi(name, 0, Math.max(columns - end, 0), mark) + Bun.sliceAnsi(name, width - end);
}

/** Whether there is anything in a text to ask for: a letter or a digit. */
export function hasWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

/** 950 -> "950 B", 1234 -> "1.2 kB", 812345678 -> "812 MB". */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const value = bytes / 1_000 ** power;
  return `${power === 0 || value >= 99.95 ? count(Math.round(value)) : value.toFixed(1)} ${units[power]}`;
}

const SECONDS = { min: 60, h: 3_600, days: 86_400 };
/** Beyond that many, a date says more. */
const DAYS_MAX = 30;

/** "12 s ago", "5 min ago", "3 h ago", "2 days ago"; the date when it is a month or longer. */
export function ago(date: Date, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - date.getTime()) / 1_000));
  if (seconds < SECONDS.min) return `${seconds} s ago`;
  if (seconds < SECONDS.h) return `${Math.floor(seconds / SECONDS.min)} min ago`;
  if (seconds < SECONDS.days) return `${Math.floor(seconds / SECONDS.h)} h ago`;
  const days = Math.floor(seconds / SECONDS.days);
  return days <= DAYS_MAX ? `${plural(days, "day")} ago` : dayAndTime(date).slice(0, 10);
}

/** "2026-11-30 02:10", where the user is. */
export function dayAndTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
