import type { FoundBefore } from "../eval/baseline.ts";
import type { Comparison, ModeComparison } from "../eval/compare.ts";
import { figuresOf, halvesOf, type Measured, metricsAt } from "../eval/figures.ts";
import type { Answered } from "../eval/measure.ts";
import type { Verdict } from "../eval/verdict.ts";
import { identityText, sameIdentity } from "../store/model-identity.ts";
import { printable } from "../text/printable.ts";
import { count, plural } from "../text/words.ts";
import { wrappedLine } from "./corpus-head.ts";
import { left, right, table } from "./table.ts";

const IDS_SHOWN_MAX = 20;
const LOSERS_SHOWN_MAX = 20;
/** More of them when the right one stands below. */
const ANSWERS_SHOWN_MIN = 3;

/** What was measured, as a person reads it. `verbose`: every question, too. */
export function measuredText(
  measured: Measured,
  { verbose, width }: { readonly verbose: boolean; readonly width: number | undefined },
): string {
  const { of, file, k, database, identity, answered } = measured;
  const metrics = metricsAt(k).map(({ name }) => name);
  const rows = figuresOf(measured).map(({ tag, mode, questions, means, times }) => [
    ...[tag === undefined ? "(all)" : printable(tag), mode, count(questions)],
    ...[
      ...metrics.map((name) => (means[name] ?? NaN).toFixed(3)),
      milliseconds(times?.p50Ms),
      milliseconds(times?.p95Ms),
    ],
  ]);
  const unanswerable = answered.filter(({ isAnswerable }) => !isAnswerable).map(({ question }) => question.id);
  const refused = answered.filter((one) => one.refused !== undefined);
  const { embedding, recall } = halvesOf(measured);
  const wrapped = (...lines: readonly string[]) => lines.map((line) => wrappedLine(line, width)).join("");
  return [
    wrapped(
      `${of === "rebuild" ? "the rebuild in " : ""}${printable(database)}`,
      printable(identityText(identity)),
      `${plural(answered.length, "question")} of ${printable(file)}, the first ${plural(k, "answer")} to each`,
    ),
    table([...left("Tag", "Mode"), ...right("Questions", ...titlesOf(k), "p50", "p95")], rows, {
      ...{ width, dispensable: ["p50", "p95", ...lesserOf(k), "Questions"] },
    }),
    (embedding === undefined
      ? ""
      : wrapped(`embedding a question: p50 ${milliseconds(embedding.p50Ms)}, p95 ${milliseconds(embedding.p95Ms)}`)) +
      (recall === undefined
        ? ""
        : wrapped(
            `the index on vectors: recall@${k} ${recall.share.toFixed(3)} of a scan of all, the nearest chunk lost for ${plural(recall.nearestLost, "question")}`,
          )) +
      (unanswerable.length === 0
        ? ""
        : wrapped(`${plural(unanswerable.length, "question")} that no chunk answers: ${idsText(unanswerable)}`)) +
      refusedText(refused),
    ...(verbose ? [questionsText(measured, width)] : []),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function refusedText(refused: readonly Answered[]): string {
  const [first] = refused;
  if (first === undefined) return "";
  const ids = idsText(refused.map(({ question }) => question.id));
  return (
    `${plural(refused.length, "question")} that the model refuses, of which hybrid asks the words and vector nothing: ${ids}\n` +
    `  ${printable(first.refused ?? "")}\n`
  );
}

function questionsText({ answered, modes }: Measured, width: number | undefined): string {
  return table(
    [...left("Question"), ...right(...modes)],
    answered.map(({ question: { id, query }, outcomes }) => [
      printable(id === query ? query : `${id}: ${query}`),
      ...modes.map((mode) => String(outcomes.get(mode)?.rank ?? "-")),
    ]),
    { width },
  );
}

/** How it does against a baseline, as a person reads it. */
export function comparisonText(
  { file, k, identity }: Measured,
  comparison: Comparison,
  width: number | undefined,
): string {
  const { baseline, modes, modesAdded, added, gone, changed } = comparison;
  const metrics = metricsAt(k).map(({ name }) => name);
  const valuesOf = (means: Readonly<Record<string, number>>) => metrics.map((name) => (means[name] ?? NaN).toFixed(3));
  const rows = modes.flatMap(({ mode, questions, won, lost, equal, p, before, now }) => [
    [mode, "before", ...valuesOf(before)],
    ["", "now", ...valuesOf(now), count(questions), count(won), count(lost), count(equal), p.toFixed(3)],
  ]);
  const notes = [
    ...(sameIdentity(identity, baseline.identity)
      ? []
      : [`the baseline is of another model: ${identityText(baseline.identity)}`]),
    ...(file === baseline.file ? [] : [`the baseline is of ${baseline.file}`]),
    ...(modesAdded.length === 0 ? [] : [`the baseline has no ${modesAdded.join(", ")}`]),
    ...(added.length === 0 ? [] : [`not in the baseline: ${idsText(added)}`]),
    ...(gone.length === 0 ? [] : [`not asked any more: ${idsText(gone)}`]),
    ...(changed.length === 0 ? [] : [`asks something else now: ${idsText(changed)}`]),
  ];
  const dispensable = ["Equal", ...lesserOf(k), "Compared", "p"];
  return [
    `\nagainst the baseline of ${baseline.made.slice(0, 16).replace("T", " ")}, ${printable(baseline.database)}\n`,
    ...notes.map((note) => `${printable(note)}\n`),
    `\n${table([...left("Mode", ""), ...right(...titlesOf(k), "Compared", "Won", "Lost", "Equal", "p")], rows, { width, dispensable })}`,
    ...modes.map(losersText),
  ].join("");
}

function losersText({ mode, losers }: ModeComparison): string {
  if (losers.length === 0) return "";
  const shown = losers.slice(0, LOSERS_SHOWN_MAX).map(({ question: { id, query }, before, now }) => {
    const asked = printable(id === query ? query : `${id}: ${query}`);
    return `  ${asked}\n    before ${rankingText(before)}\n    now    ${rankingText(now)}\n`;
  });
  const more = losers.length - shown.length;
  const others = more > 0 ? `  and ${count(more)} more\n` : "";
  return `\n${mode} lost:\n${shown.join("")}${others}`;
}

/** `  3: a://one, a://two, a://three, ...` */
function rankingText({ rank, answers }: FoundBefore): string {
  const shown = answers.slice(0, Math.max(ANSWERS_SHOWN_MIN, rank ?? 0)).map(printable);
  if (shown.length === 0) return "  -: nothing";
  return `${String(rank ?? "-").padStart(3)}: ${shown.join(", ")}${answers.length > shown.length ? ", ..." : ""}`;
}

/** What keeps the exit code from being 0. */
export function verdictText({ belowFloor, belowBaseline }: Verdict): string {
  const lines = [
    ...belowFloor.map(
      ({ mode, metric, value, least }) =>
        `below the floor: ${mode === null ? "" : `${mode} `}${metric} is ${value.toFixed(3)}, not ${least}`,
    ),
    ...belowBaseline.map(
      ({ mode, metric, value, baseline }) =>
        `worse than the baseline: ${mode} ${metric} is ${value.toFixed(3)}, was ${baseline.toFixed(3)}`,
    ),
  ];
  return lines.length === 0 ? "" : `\n${lines.map((line) => `${line}\n`).join("")}`;
}

function titlesOf(k: number): string[] {
  return metricsAt(k).map(({ name }) => (name.includes("@") ? name : `${name === "mrr" ? "MRR" : "nDCG"}@${k}`));
}

/** What a narrow terminal does without: the first answer, and how far down the right one stands, say most. */
function lesserOf(k: number): string[] {
  return titlesOf(k).filter((title) => title !== "hit@1" && !title.startsWith("MRR"));
}

function idsText(ids: readonly string[]): string {
  const more = ids.length > IDS_SHOWN_MAX ? `, and ${count(ids.length - IDS_SHOWN_MAX)} more` : "";
  return `${ids.slice(0, IDS_SHOWN_MAX).map(printable).join(", ")}${more}`;
}

function milliseconds(value: number | undefined): string {
  if (value === undefined) return "-";
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
