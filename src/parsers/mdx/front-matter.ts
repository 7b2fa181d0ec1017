/** The head of a page, and the text below it. */
export type FrontMatter = {
  /** Scalars as text, by key. */
  readonly values: ReadonlyMap<string, string>;
  /** Its YAML is not valid: `values` holds what could be read line by line. */
  readonly isInvalid: boolean;
  readonly body: string;
};

const BLOCK = /^---[ \t]*\n(?:([\s\S]*?)\n)??---[ \t]*(?:\n|$)/;
const SCALAR_LINE = /^([A-Za-z_][\w-]*):[ \t]+(\S.*)$/gm;

const ENTRY = /^(?:[A-Za-z_][\w-]*:|-[ \t])/m;
const QUOTED = /^(["'])(.*)\1(?:\s+#.*)?$/;

/** Splits the front matter from a page; invalid YAML costs what cannot be read of it, not the page. */
export function readFrontMatter(page: string): FrontMatter {
  const match = BLOCK.exec(page);
  if (match === null) return { values: new Map(), isInvalid: false, body: page };
  const yaml = match[1] ?? "";
  const body = page.slice(match[0].length);
  const lines = linesOf(yaml);
  const parsed = parse(yaml);
  // Text between two rules.
  if (parsed === undefined && !ENTRY.test(yaml)) return { values: new Map(), isInvalid: false, body: page };
  if (parsed === undefined) return { values: lines, isInvalid: true, body };
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(parsed)) {
    if (typeof value === "string" && value.trim() !== "") values.set(key, value.trim());
    // As it is written: the version 26.00 is not the number 26.
    else if (typeof value === "number") values.set(key, lines.get(key) ?? String(value));
    else if (typeof value === "boolean") values.set(key, String(value));
  }
  return { values, isInvalid: false, body };
}

function parse(yaml: string): object | undefined {
  try {
    const value: unknown = Bun.YAML.parse(yaml);
    if (value === null || value === undefined) return {};
    return typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    // The error names a line of this file, not of the page (Bun 1.4.5).
    return undefined;
  }
}

function linesOf(yaml: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [, key = "", value = ""] of yaml.matchAll(SCALAR_LINE)) {
    const scalar = value.trimEnd();
    values.set(key, QUOTED.exec(scalar)?.[2] ?? scalar.replace(/\s#.*$/, "").trimEnd());
  }
  return values;
}
