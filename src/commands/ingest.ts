import type { Flags } from "../config/flags.ts";
import { dryRunEmbedder } from "../embed/dry-run-embedder.ts";
import type { Embedder } from "../embed/embedder.ts";
import { createEmbedder } from "../embed/registry.ts";
import { messageOf } from "../flow/errors.ts";
import { errorEvent, type Reporter, type SourceSummary, totalsOf } from "../ingest/events.ts";
import { NO_FAILURE_RECORD } from "../ingest/failure-log.ts";
import { Failures } from "../ingest/failures.ts";
import type { IngestResult } from "../ingest/ingestor-options.ts";
import { ParallelIngestor } from "../ingest/parallel-ingestor.ts";
import { NO_RESUME_RECORD } from "../ingest/resume-file.ts";
import { createReporter } from "../report/create-reporter.ts";
import { dryRunText, summaryText } from "../report/summary.ts";
import { dryRunStore } from "../store/dry-run-store.ts";
import { requireSameModel } from "../store/model-identity.ts";
import { openStore } from "../store/open-store.ts";
import type { CorpusState, Store } from "../store/store.ts";
import { VERSION } from "../text/program.ts";
import { planRun, type RunPlan } from "./plan-run.ts";
import type { World } from "./world.ts";

/** A run as it was asked for, and where it is told. */
type Run = { readonly plan: RunPlan; readonly flags: Flags; readonly world: World; readonly reporter: Reporter };

/** The whole run. Returns its exit code, and throws what keeps it from starting: then nothing was changed. */
export async function ingest(flags: Flags, world: World): Promise<number> {
  const reporter = createReporter(flags, world);
  const plan = await planRun(flags, world, reporter);
  const run = { plan, flags, world, reporter };
  const { mode, database, dryRun, sources, failureLog, shadowMsMax } = plan;
  if (mode.kind === "retry" && sources.length === 0) return nothingToRetry(run);

  const opened = await openStore(database, {
    ...{ rebuild: mode.kind === "rebuild", shadowMsMax, clock: world.clock, open: world.openDatabase },
  });
  try {
    const store = dryRun ? dryRunStore(opened) : opened;
    const embedder = createEmbedder(plan.embedder);
    const corpus = await check(run, store, embedder);
    const failures = new Failures(dryRun ? NO_FAILURE_RECORD : failureLog, plan.logged, reporter, world.clock);
    const ingestor = new ParallelIngestor({
      ...{ ...plan, store, corpus, failures, reporter, clock: world.clock },
      embedder: dryRun ? dryRunEmbedder(embedder) : embedder,
      resumeFile: dryRun || mode.kind === "retry" ? NO_RESUME_RECORD : plan.resumeFile,
    });
    const off = world.onInterrupt(() => {
      const first = dryRun ? "nothing is changed" : "what is in flight is finished and stored";
      if (!flags.quiet) world.stderr.write(`\nstopping: ${first}; press Ctrl-C again to leave at once\n`);
      ingestor.stop.interrupt();
    });
    const result = await ingestor.ingest(sources);
    off();
    return await conclude(run, ingestor, failures, result);
  } finally {
    await opened.close();
  }
}

/** Makes sure that the run may begin: the corpus is of this model, and nobody else is at work on it. */
async function check({ plan, reporter }: Run, store: Store, embedder: Embedder): Promise<CorpusState> {
  const { mode, sources, embedding, sequential } = plan;
  const corpus = await store.inspect();
  if (mode.kind !== "rebuild") requireSameModel(corpus, embedder, store.description);
  const names = sources.map(({ entry }) => entry.name);
  await store.lock(names, { exclusive: mode.kind === "rebuild" });
  const { provider, model, dimensions } = embedder;
  reporter.report({
    type: "start",
    ...{ version: VERSION, sources: names, workers: embedding.workers, mode: sequential ? "sequential" : "parallel" },
    ...{ database: store.description, embedder: provider, model, dimensions },
  });
  return corpus;
}

/** Turns what happened into the files that the run leaves, the summary and the exit code. */
async function conclude(
  { plan, flags, world, reporter }: Run,
  { stop, started, runs }: ParallelIngestor,
  failures: Failures,
  result: IngestResult,
): Promise<number> {
  if (stop.error !== undefined && !started) throw stop.error;
  const everything = plan.scope.whole && plan.mode.kind !== "retry";
  const errors: unknown[] = stop.error === undefined ? [] : [stop.error];
  // What was stored stays stored, and the summary is due, when the log cannot be written.
  await failures.settle(runs, { everything }).catch((error: unknown) => errors.push(error));
  for (const error of errors) reporter.report(errorEvent(error));

  const sources = [...plan.completed.map(skippedSummary), ...result.sources];
  // What damaged lines of the log name may not be stored, unless all there is was stored.
  const logSays = everything || !plan.logDamaged;
  const isWhole = logSays && sources.every(({ status }) => status !== "FAILED" && status !== "PARTIAL");
  const exitCode = errors.length > 0 ? 1 : stop.requested ? 130 : isWhole ? 0 : 1;
  if (exitCode === 0 && everything && !plan.dryRun) await removeResumeFile(plan, reporter);

  const { duration: durationMs, limit } = result;
  const mode = modeText(plan);
  reporter.report({ type: "summary", exitCode, mode, durationMs, ...totalsOf(sources), sources });
  if (flags.json) return exitCode;
  const { columns } = world.stdout;
  const failureLog = failures.allLogged ? plan.failureLog.path : undefined;
  const summary = { sources, mode, durationMs, exitCode, limit, failureLog, columns };
  world.stdout.write(plan.dryRun ? dryRunText(summary) : summaryText(summary));
  return exitCode;
}

/** All is stored; left behind, the file misleads nobody but a --resume. */
async function removeResumeFile({ resumeFile }: RunPlan, reporter: Reporter): Promise<void> {
  await resumeFile.remove().catch((error: unknown) => {
    reporter.report({ type: "warning", source: "", path: resumeFile.path, reason: messageOf(error) });
  });
}

function nothingToRetry({ plan, flags, world, reporter }: Run): number {
  const { logged, failureLog, logDamaged } = plan;
  const exitCode = logDamaged ? 1 : 0;
  reporter.report({ type: "summary", exitCode, mode: modeText(plan), durationMs: 0, ...totalsOf([]), sources: [] });
  const why =
    logged.length === 0 ? `no failed chunks in ${failureLog.path}` : "the failure log names none of these sources";
  if (!flags.json) world.stdout.write(`Nothing to retry: ${why}.\n`);
  return exitCode;
}

function modeText({ sequential, embedding }: RunPlan): string {
  return sequential ? "sequential" : `parallel (${embedding.workers}w)`;
}

function skippedSummary(source: string): SourceSummary {
  return { source, status: "SKIPPED", reason: "completed by the interrupted run", ...totalsOf([]), durationMs: 0 };
}
