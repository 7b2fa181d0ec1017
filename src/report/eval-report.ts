import { metricsAt } from "../eval/figures.ts";
import type { Shortfall } from "../eval/floors.ts";
import { printable } from "../text/printable.ts";
import { count, plural } from "../text/words.ts";
import type { Measured } from "./eval-lines.ts";
import { left, right, table } from "./table.ts";

const IDS_SHOWN_MAX = 20;

/** What was measured, as a person reads it. `verbose`: every question, too. */
export function measuredText(
  measured: Measured,
  { verbose, width }: { readonly verbose: boolean; readonly width: number | undefined },
): string {
  const { of, file, k, database, identity, answered, figures, halves } = measured;
  const { provider, model, dimensions } = identity;
  const metrics = metricsAt(k).map(({ name }) => name);
  const titles = metrics.map((name) => (name.includes("@") ? name : `${name === "mrr" ? "MRR" : "nDCG"}@${k}`));
  const rows = figures.map(({ tag, mode, questions, means, p50Ms, p95Ms }) => [
    ...[tag === undefined ? "(all)" : printable(tag), mode, count(questions)],
    ...[...metrics.map((name) => (means[name] ?? NaN).toFixed(3)), milliseconds(p50Ms), milliseconds(p95Ms)],
  ]);
  const unanswerable = answered.filter(({ isAnswerable }) => !isAnswerable).map(({ question }) => question.id);
  const { embedding, recall } = halves;
  return [
    `${of === "rebuild" ? "the rebuild in " : ""}${printable(database)}\n${printable(`${provider} ${model} (${dimensions} dimensions)`)}\n` +
      `${plural(answered.length, "question")} of ${printable(file)}, the first ${plural(k, "answer")} to each\n`,
    table([...left("Tag", "Mode"), ...right("Questions", ...titles, "p50", "p95")], rows, width),
    (embedding === undefined
      ? ""
      : `embedding a question: p50 ${milliseconds(embedding.p50Ms)}, p95 ${milliseconds(embedding.p95Ms)}\n`) +
      (recall === undefined
        ? ""
        : `the index on vectors: recall@${k} ${recall.share.toFixed(3)} of a scan of all, the nearest chunk lost for ${plural(recall.nearestLost, "question")}\n`) +
      (unanswerable.length === 0
        ? ""
        : `${plural(unanswerable.length, "question")} that no chunk answers: ${idsText(unanswerable)}\n`),
    ...(verbose ? [questionsText(measured, width)] : []),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function questionsText({ answered, modes }: Measured, width: number | undefined): string {
  return table(
    [...left("Question"), ...right(...modes)],
    answered.map(({ question: { id, query }, outcomes }) => [
      printable(id === query ? query : `${id}: ${query}`),
      ...modes.map((mode) => String(outcomes.get(mode)?.rank ?? "-")),
    ]),
    width,
  );
}

/** What keeps the exit code from being 0. */
export function shortfallsText(below: readonly Shortfall[]): string {
  return below
    .map(
      ({ mode, metric, value, least }) =>
        `below the floor: ${mode === null ? "" : `${mode} `}${metric} is ${value.toFixed(3)}, not ${least}\n`,
    )
    .join("");
}

function idsText(ids: readonly string[]): string {
  const more = ids.length > IDS_SHOWN_MAX ? `, and ${count(ids.length - IDS_SHOWN_MAX)} more` : "";
  return `${ids.slice(0, IDS_SHOWN_MAX).map(printable).join(", ")}${more}`;
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
