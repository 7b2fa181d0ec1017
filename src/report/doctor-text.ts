import { printable } from "../text/printable.ts";
import { plural } from "../text/words.ts";
import { type Area, AREAS, type Finding, type FindingState, statesOf } from "./doctor-lines.ts";

/** Of a pipe, and of a terminal that is wider: longer lines are hard to read. */
const COLUMNS_MAX = 100;
const COLUMNS_ELSE = 80;
/** As words, so that they survive without colours. */
const MARK_COLUMNS = "problem".length;
const INDENT = "  ";
/** A label that is longer stands in the line, and every one where there is no room for two columns. */
const LABEL_COLUMNS_MAX = 18;
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

function findingText({ what, state, detail, remedy, into = "shell", hint = "" }: Finding, layout: Layout): string {
  const { width, label } = layout;
  const name = printable(what);
  const start = `${INDENT}${markOf(state)}  `;
  const inLine = Bun.stringWidth(name) <= label;
  const head = inLine ? `${start}${name}${" ".repeat(label - Bun.stringWidth(name))}  ` : start;
  const text = inLine ? printable(detail) : [name, printable(detail)].filter((part) => part !== "").join(": ");
  const below = " ".repeat(start.length);
  const lines = wrapped(text, width - Bun.stringWidth(head));
  const rest = " ".repeat(Bun.stringWidth(head));
  const body = lines.map((line, index) => `${index === 0 ? head : rest}${line}`.trimEnd());
  const hints = hint === "" ? [] : hint.split("\n").flatMap((line) => wrapped(printable(line), width - below.length));
  const title = into in REMEDY_TITLES ? REMEDY_TITLES[into] : `in ${printable(into)}:`;
  // Whole, however long: a line that is broken cannot be pasted.
  const paste =
    remedy === undefined ? [] : [...wrapped(title ?? "", width - below.length), ...remedy.split("\n").map(printable)];
  const after = [...hints, ...paste].filter((line) => line !== "").map((line) => `${below}${line}`);
  return [...body, ...after].map((line) => `${line}\n`).join("");
}

function markOf(state: FindingState): string {
  return state.padEnd(MARK_COLUMNS);
}

function wrapped(text: string, width: number): string[] {
  return Bun.wrapAnsi(text, Math.max(width, TEXT_COLUMNS_MIN), { hard: true }).split("\n");
}
