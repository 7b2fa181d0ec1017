import type { BundledPackage } from "./bundled-packages.ts";

/** Something in the executable that no `package.json` tells of: compiled into a package, or into Bun. */
export type Part = Omit<BundledPackage, "texts"> & {
  /** What brings it along. */
  readonly of: string;
  readonly texts: readonly string[];
  /** How the conditions of a licence that asks for more than its text are met. */
  readonly met?: string;
};

/** Licences that ask for no more than their text and the names of the authors. */
const PERMISSIVE = new Set([
  ...[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "CC0-1.0",
  ],
  ...["ICU", "IJG", "ISC", "MIT", "MIT-0", "NCSA", "OpenSSL", "PostgreSQL", "Unicode-3.0", "Unlicense", "Zlib"],
  ...["libpng-2.0", "blessing"],
]);
/** Of parts that say how they are met. */
const WITH_CONDITIONS = new Set(["LGPL-2.0-or-later", "LGPL-2.1-or-later", "MPL-2.0"]);

const LINE = "=".repeat(120);

/**
 * The text that goes with the executable: what is in it, each with its version, licence and source, then every licence
 * text once. Throws, with all that is wrong, when a licence is unknown, not allowed, or without a text.
 */
export function thirdPartyText(head: string, packages: readonly BundledPackage[], parts: readonly Part[]): string {
  const entries: readonly Part[] = [...packages.map((entry) => ({ ...entry, of: "" })), ...parts];
  const wrong = entries.flatMap(problemsOf);
  if (wrong.length > 0) throw new Error(`licences:\n${wrong.map((problem) => `  ${problem}`).join("\n")}`);

  const holders = new Map<string, string[]>();
  for (const { name, texts } of entries)
    for (const text of texts) holders.set(tidy(text), [...(holders.get(tidy(text)) ?? []), name]);
  const texts = [...holders.keys()];
  const list = entries.map((entry) => {
    const numbers = entry.texts.map((text) => texts.indexOf(tidy(text)) + 1).join(", ");
    const title = [entry.name, entry.version].filter(Boolean).join(" ");
    const lines = [entry.of === "" ? title : `${title} (in ${entry.of})`, `licence: ${entry.licence}; text ${numbers}`];
    if (entry.source !== "") lines.push(`source: ${entry.source}`);
    if (entry.met !== undefined) lines.push(entry.met);
    return lines.join("\n    ");
  });
  const bodies = texts.map(
    (text, index) =>
      `${LINE}\nText ${index + 1}, of ${[...new Set(holders.get(text))].join(", ")}\n${LINE}\n\n${text}\n`,
  );
  return `${tidy(head)}\n\n${list.join("\n\n")}\n\n${bodies.join("\n")}`;
}

function problemsOf({ name, licence, texts, met }: Part): readonly string[] {
  const problems = [];
  if (licence === "") problems.push(`${name} names no licence`);
  else if (!isAllowed(licence, PERMISSIVE)) {
    const allowed = isAllowed(licence, new Set([...PERMISSIVE, ...WITH_CONDITIONS]));
    if (!allowed) problems.push(`${name} has the licence ${licence}, which is not among those that are allowed`);
    else if (met === undefined) problems.push(`${name} has the licence ${licence}: say how its conditions are met`);
  }
  if (texts.every((text) => text.trim() === "")) problems.push(`${name} has no licence text`);
  return problems;
}

/** Of an SPDX expression: one of what OR joins, all of what AND joins. */
function isAllowed(expression: string, allowed: ReadonlySet<string>): boolean {
  const inner = expression.replace(/^\((.*)\)$/, "$1");
  return inner.split(" OR ").some((either) => either.split(" AND ").every((licence) => allowed.has(licence.trim())));
}

/** Without what an editor adds: the ends of lines as here, and no empty lines around. */
function tidy(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(/^\uFEFF/, "")
    .replace(/[ \t]+$/gm, "")
    .replace(/^\n+|\s+$/g, "");
}
