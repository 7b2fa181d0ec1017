import { printable } from "../text/printable.ts";
import { plural } from "../text/words.ts";
import { type Area, AREAS, type Finding, type FindingState, statesOf } from "./doctor-lines.ts";

/** Of a pipe, and of a terminal that is wider: longer lines are hard to read. */
const COLUMNS_MAX = 100;
const COLUMNS_ELSE = 80;
/** As words, so that they survive without colours. */
const MARK_COLUMNS = "problem".length;
const INDENT = "  ";
/** A label that is longer has a line of its own; where there is no room for two columns, each stands before its text. */
const LABEL_COLUMNS_MAX = 18;
const GAP_COLUMNS = 2;
const NARROW_COLUMNS = 60;
const TEXT_COLUMNS_MIN = 10;

const TITLES: Readonly<Record<Area, string>> = {
  configuration: "Configuration",
  environment: "Environment",
  sources: "Sources",
  directories: "Directories",
  database: "Database",
  corpus: "Corpus",
  embedder: "Embedder",
  leftovers: "What earlier runs left",
};

const REMEDY_TITLES: Readonly<Record<string, string>> = {
  shell: "",
  psql: "in psql, as the owner or a superuser:",
};

/** Where a remedy is to be pasted; "" for a shell. */
export function remedyTitle(into: Finding["into"] = "shell"): string {
  return REMEDY_TITLES[into] ?? `in ${printable(into)}:`;
}

/** The findings of each area under its title, a line each, what mends it below. */
export function doctorSections(findings: readonly Finding[], columns = COLUMNS_ELSE): string {
  return AREAS.map((area) => {
    const own = findings.filter((finding) => finding.area === area);
    return own.length === 0 ? "" : `${sectionText(area, own, columns)}\n`;
  }).join("");
}

function sectionText(area: Area, findings: readonly Finding[], columns: number): string {
  const labels = findings.map(({ what }) => Bun.stringWidth(printable(what)));
  const width = Math.min(columns, COLUMNS_MAX);
  const room = width < NARROW_COLUMNS ? 0 : LABEL_COLUMNS_MAX;
  const label = Math.max(0, ...labels.filter((length) => length <= room));
  return `${TITLES[area]}\n${findings.map((finding) => findingText(finding, { width, label })).join("")}`;
}

/** The last line. */
export function doctorVerdict(findings: readonly Finding[], columns = COLUMNS_ELSE): string {
  const counts = statesOf(findings);
  const named = (["problem", "warning", "note"] as const).flatMap((state) =>
    counts[state] === 0 ? [] : [plural(counts[state], state)],
  );
  const verdict = counts.problem > 0 ? "A run would stop" : "A run can start";
  return `${wrapped(`${verdict}: ${[...named, `${counts.ok} ok`].join(", ")}`, columns).join("\n")}\n`;
}

type Layout = { readonly width: number; readonly label: number };

function findingText({ what, state, detail, remedy, into, hint = "" }: Finding, layout: Layout): string {
  const { width, label } = layout;
  const name = printable(what);
  const start = `${INDENT}${markOf(state)}  `;
  const below = " ".repeat(start.length);
  const column = label === 0 ? "" : " ".repeat(label + GAP_COLUMNS);
  const told = label === 0 ? [name, printable(detail)].filter((part) => part !== "").join(": ") : printable(detail);
  const lines = wrapped(told, width - below.length - column.length);
  const fits = Bun.stringWidth(name) <= label;
  const above = fits || label === 0 ? [] : wrapped(name, width - below.length);
  const beside = fits ? `${name}${column.slice(Bun.stringWidth(name))}` : column;
  const text = [...above, ...lines.map((line, index) => `${index === 0 ? beside : column}${line}`.trimEnd())];
  const body = text.filter((line) => line !== "").map((line, index) => `${index === 0 ? start : below}${line}`);
  const hints = hint === "" ? [] : hint.split("\n").flatMap((line) => wrapped(printable(line), width - below.length));
  // Whole, however long: a line that is broken cannot be pasted.
  const paste =
    remedy === undefined
      ? []
      : [...wrapped(remedyTitle(into), width - below.length), ...remedy.split("\n").map(printable)];
  const after = [...hints, ...paste].filter((line) => line !== "").map((line) => `${below}${line}`);
  return [...body, ...after].map((line) => `${line}\n`).join("");
}

function markOf(state: FindingState): string {
  return state.padEnd(MARK_COLUMNS);
}

function wrapped(text: string, width: number): string[] {
  return Bun.wrapAnsi(text, Math.max(width, TEXT_COLUMNS_MIN), { hard: true }).split("\n");
}
