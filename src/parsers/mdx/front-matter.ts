/** The YAML block at the top of a page, and the rest. `values` is undefined when there is a block that is not valid YAML. */
export function splitFrontMatter(text: string): {
  readonly values: Readonly<Record<string, unknown>> | undefined;
  readonly body: string;
} {
  const match = /^\s*---[ \t]*\n([\s\S]*?)\n?---[ \t]*(?:\n|$)/.exec(text);
  if (match === null) return { values: {}, body: text };
  const body = text.slice(match[0].length);
  try {
    const values: unknown = Bun.YAML.parse(match[1] ?? "");
    if (values === null || values === undefined) return { values: {}, body };
    if (typeof values === "object" && !Array.isArray(values))
      return { values: Object.fromEntries(Object.entries(values)), body };
  } catch {
    // Said by the caller; the text is still used.
  }
  return { values: undefined, body };
}
