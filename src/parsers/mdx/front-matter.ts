/** The head of a page, and the text below it. */
export type FrontMatter = {
  /** Scalars as text, by key. */
  readonly values: ReadonlyMap<string, string>;
  /** The texts and numbers of lists, by key. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** Its YAML is not valid: `values` and `lists` hold what could be read line by line. */
  readonly isInvalid: boolean;
  readonly body: string;
};

const BLOCK = /^---[ \t]*\n(?:([\s\S]*?)\n)??---[ \t]*(?:\n|$)/;
const KEY_LINE = /^([A-Za-z_][\w-]*):(?:[ \t]+(\S.*))?$/;
const GOES_ON = /^(?:[ \t]|-[ \t])/;
const ITEM_LINE = /^[ \t]*-[ \t]+(\S.*)$/;
/** What stands before a text of lines. */
const BLOCK_MARK = /^[|>][-+\d]*$/;

const ENTRY = /^(?:[A-Za-z_][\w-]*:|-[ \t])/m;
const QUOTED = /^(["'])(.*)\1(?:\s+#.*)?$/;

const NOTHING: Omit<FrontMatter, "body"> = { values: new Map(), lists: new Map(), isInvalid: false };

/** Splits the front matter from a page; invalid YAML costs what cannot be read of it, not the page. */
export function readFrontMatter(page: string): FrontMatter {
  const match = BLOCK.exec(page);
  if (match === null) return { ...NOTHING, body: page };
  const yaml = match[1] ?? "";
  const body = page.slice(match[0].length);
  const lines = linesOf(yaml);
  const parsed = parse(yaml);
  // Text between two rules.
  if (parsed === undefined && !ENTRY.test(yaml)) return { ...NOTHING, body: page };
  if (parsed === undefined) return { ...lines, isInvalid: true, body };
  const values = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(parsed)) {
    if (typeof value === "string" && value.trim() !== "") values.set(key, value.trim());
    // As it is written: the version 26.00 is not the number 26.
    else if (typeof value === "number") values.set(key, lines.values.get(key) ?? String(value));
    else if (typeof value === "boolean") values.set(key, String(value));
    else if (Array.isArray(value)) lists.set(key, value.flatMap(itemText));
  }
  return { values, lists, isInvalid: false, body };
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

function itemText(item: unknown): string[] {
  return typeof item === "string" || typeof item === "number" ? [String(item)] : [];
}

function linesOf(yaml: string): Pick<FrontMatter, "values" | "lists"> {
  const values = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  const lines = yaml.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const [, key, first = ""] = KEY_LINE.exec(lines[at] ?? "") ?? [];
    if (key === undefined) continue;
    const more: string[] = [];
    while (GOES_ON.test(lines[at + 1] ?? "")) more.push(lines[++at] ?? "");
    const items = more.map((line) => ITEM_LINE.exec(line)?.[1]);
    if (first.startsWith("[")) {
      const inside = [first, ...more].join(" ").trim();
      if (inside.endsWith("]")) lists.set(key, inside.slice(1, -1).split(",").map(scalar));
    } else if (first === "") {
      const texts = items.map((item = "") => scalar(item)).filter((item) => item !== "");
      if (texts.length > 0) lists.set(key, texts);
    } else if (BLOCK_MARK.test(first.trimEnd())) {
      values.set(key, more.map((line) => line.trim()).join(" "));
    } else {
      // What looks like an entry is none of this text.
      const text = more.some((line) => ENTRY.test(line.trim())) ? [] : more.map((line) => line.trim());
      values.set(key, scalar([first.trimEnd(), ...text].join(" ")));
    }
  }
  return { values, lists };
}

function scalar(written: string): string {
  const text = written.trim();
  return QUOTED.exec(text)?.[2] ?? text.replace(/\s#.*$/, "").trimEnd();
}
