import type { Element } from "xast";

/** An attribute, "" when there is none. What was read as HTML has lower-case names. */
export function attribute({ attributes }: Element, name: string): string {
  return attributes[name] ?? attributes[name.toLowerCase()] ?? "";
}
