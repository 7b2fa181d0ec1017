import type { ShownChunk, ShownDocument } from "../store/store.ts";
import { printable } from "../text/printable.ts";
import { ago, count, dayAndTime, plural } from "../text/words.ts";
import { wrap } from "./wrap.ts";

/** Digits of a hash that tell it from the others of a corpus. */
const HASH_DIGITS_SHOWN = 12;
/** Values stand below each other, behind labels that are no longer. */
const LABEL_WIDTH_MAX = 24;
const MARGIN = "  ";
/** A chunk's own, where it stands for a part of one that was too long. */
const OF_PARTS = new Set(["part_of", "parts"]);

type Metadata = Readonly<Record<string, unknown>>;

type ShownOptions = {
  /** Lines are wrapped at so many columns; left out: not at all. */
  readonly columns?: number | undefined;
  readonly now: Date;
};

/** What is said of a document and not of a part: the metadata of its first chunk without that. */
export function ownMetadata(first: Pick<ShownChunk, "metadata"> | undefined): Metadata {
  return Object.fromEntries(Object.entries(first?.metadata ?? {}).filter(([key]) => !OF_PARTS.has(key)));
}

/** A document above its chunks, as a person reads it. */
export function documentText(
  document: ShownDocument & { readonly metadata: Metadata },
  { columns, now }: ShownOptions,
): string {
  const { title, sourceUrl, displayUrl, source, sourceType, docType, generations, deprecated, chunks, complete } =
    document;
  const { input, fingerprint, embeddingModel, createdAt, updatedAt, notes, metadata } = document;
  const changed = updatedAt === null ? "" : `${dayAndTime(updatedAt)} (${ago(updatedAt, now)})`;
  const said: readonly (readonly [string, string])[] = [
    ["address", sourceUrl],
    ["display URL", displayUrl],
    ["source", source === "" ? "none: adopted from another tool" : source],
    ["source type", sourceType],
    ["type", docType],
    ["generations", generations.join(", ")],
    ["deprecated", deprecated ? "yes" : ""],
    ["chunks", `${count(chunks)}${complete ? "" : ", incomplete: the next run finishes it"}`],
    ["model", embeddingModel],
    ["input", input],
    ["fingerprint", fingerprint.slice(0, HASH_DIGITS_SHOWN)],
    ["stored", createdAt === null ? "" : dayAndTime(createdAt)],
    ["changed", changed],
    ...Object.entries(metadata).map(([key, value]) => [printable(key), valueText(value)] as const),
    ...notes.map(({ reason }) => ["note", reason] as const),
  ];
  const fields = said.filter(([, value]) => value !== "");
  const width = Math.min(Math.max(...fields.map(([label]) => label.length)), LABEL_WIDTH_MAX);
  return [
    ...wrap(printable(title) || "(no title)", { first: "", others: "", columns, hard: false }),
    ...fields.flatMap(([label, value]) => fieldLines(label, value, { width, columns })),
    "",
  ]
    .map((line) => `${line}\n`)
    .join("");
}

/** A chunk, as a person reads it. `metadata`: what was said of its document already. */
export function chunkText(
  chunk: ShownChunk,
  { columns, metadata }: { readonly columns?: number | undefined; readonly metadata: Metadata },
): string {
  const { chunkIndex, contentHash, contextHeader, content } = chunk;
  const { part_of: whole } = chunk.metadata;
  const part = typeof whole === "string" ? `, a part of ${whole.slice(0, HASH_DIGITS_SHOWN)}, which was too long` : "";
  const own = Object.entries(chunk.metadata).filter(
    ([key, value]) => !OF_PARTS.has(key) && valueText(value) !== valueText(metadata[key]),
  );
  // The header stands before the text, and is shown apart.
  const body =
    contextHeader !== "" && content.startsWith(contextHeader) ? content.slice(contextHeader.length) : content;
  const margin = `${MARGIN}| `;
  return [
    ...wrap(
      `--- chunk ${chunkIndex + 1} (${plural(content.length, "character")}) ${contentHash.slice(0, HASH_DIGITS_SHOWN)}${part}`,
      { first: "", others: "    ", columns, hard: false },
    ),
    ...(contextHeader === ""
      ? []
      : wrap(printable(contextHeader), { first: MARGIN, others: MARGIN, columns, hard: false })),
    ...own.flatMap(([key, value]) => fieldLines(printable(key), valueText(value), { width: key.length, columns })),
    ...body
      .replace(/^\n+|\n+$/g, "")
      .split("\n")
      .flatMap((line) =>
        wrap(printable(line), { first: margin, others: margin, columns, hard: true }).map((one) => one.trimEnd()),
      ),
    "",
  ]
    .map((line) => `${line}\n`)
    .join("");
}

type FieldOptions = { readonly width: number; readonly columns: number | undefined };

function fieldLines(label: string, value: string, { width, columns }: FieldOptions): string[] {
  const first = `${MARGIN}${label.padEnd(width)}  `;
  const others = " ".repeat(MARGIN.length + width + 2);
  return wrap(printable(value), { first, others, columns, hard: false });
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}
