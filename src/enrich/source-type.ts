import type { SourceEntry } from "../parsers/parser.ts";

const UNKNOWN = "Documentation";

const LABELS_OF_PARSERS: Readonly<Record<string, string>> = {
  flare: "BASIS BBj Documentation",
  pdf: "PDF Manual",
  "bbj-source": "BBj Source Code",
  javadoc: "BBj API Reference",
};

/** Tutorials differ by source, not by parser. */
const LABELS_OF_SOURCES: Readonly<Record<string, string>> = {
  "mdx-dwc": "DWC Tutorial",
  "mdx-beginner": "BBj Beginner Tutorial",
  "mdx-db-modernization": "DB Modernization Guide",
};

/** The `source_type` that readers see. */
export function sourceType({ name, parser }: Pick<SourceEntry, "name" | "parser">): string {
  return LABELS_OF_PARSERS[parser] ?? LABELS_OF_SOURCES[name] ?? UNKNOWN;
}

/** How a context header begins: the source type, or the source's name where the type says nothing. */
export function sourceLabel(source: Pick<SourceEntry, "name" | "parser">): string {
  const type = sourceType(source);
  return type === UNKNOWN ? source.name : type;
}
