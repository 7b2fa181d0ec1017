import type { Flags } from "../config/flags.ts";
import { VERSION } from "../text/program.ts";
import { createEmbedder } from "../embed/registry.ts";
import { IngestError, messageOf } from "../flow/errors.ts";
import { checkIdentity } from "../ingest/check-identity.ts";
import { dryRun } from "../ingest/dry-run.ts";
import { Failures } from "../ingest/failures.ts";
import type { IngestResult } from "../ingest/ingestor-options.ts";
import { ParallelIngestor } from "../ingest/parallel-ingestor.ts";
import { createReporter } from "../report/create-reporter.ts";
import { dryRunText } from "../report/dry-run-text.ts";
import { errorEvent, type Reporter, type SourceSummary } from "../ingest/events.ts";
import { summaryText, totalsOf } from "../report/summary.ts";
import { openStore } from "../store/open-store.ts";
import { parseSettings } from "./parse-settings.ts";
import { planRun, type RunPlan } from "./plan-run.ts";
import type { World } from "./world.ts";

/** The whole run. Returns its exit code, and throws what keeps it from starting: then nothing was changed. */
export async function ingest(flags: Flags, world: World): Promise<number> {
  const reporter = createReporter(flags, world);
  const plan = await planRun(flags, world, reporter);
  const { settings, sources, sequential, workers, rebuild, embedAgain, retry, resumeFile } = plan;
  if (retry?.length === 0) return nothingToRetry(plan, flags, world, reporter);

  const store = await openStore(plan.database, { rebuild, clock: world.clock, open: world.openDatabase });
  try {
    const embedder = createEmbedder(settings);
    const state = await store.inspect();
    checkIdentity(state, embedder, { rebuild });
    const names = sources.map(({ entry }) => entry.name);
    await store.lock(names, { exclusive: rebuild });

    const mode = sequential ? "sequential" : "parallel";
    const { provider, model, dimensions } = embedder;
    const database = store.description;
    reporter.report({
      type: "start",
      version: VERSION,
      sources: names,
      workers,
      mode,
      database,
      embedder: provider,
      model,
      dimensions,
    });
    const { chunkSize, chunkOverlap } = settings;
    const parse = parseSettings(settings, world, { mayWrite: !flags.dryRun });
    if (flags.dryRun) {
      const stopped = new AbortController();
      const off = world.onInterrupt(() =>
        stopped.abort(new IngestError("interrupted", { decision: "fatal", code: "interrupted" })),
      );
      const context = { ...parse, signal: stopped.signal };
      const plans = await dryRun(sources, {
        store,
        reporter,
        chunkSize,
        chunkOverlap,
        parse: context,
        now: () => world.clock.now(),
      });
      off();
      if (!flags.json) world.stdout.write(dryRunText(plans, world.stdout));
      return plans.some(({ failed }) => failed > 0) ? 1 : 0;
    }

    const failures = new Failures(plan.failureLog, plan.logged, reporter, world.clock);
    const ingestor = new ParallelIngestor({
      store,
      embedder,
      reporter,
      clock: world.clock,
      failures,
      resumeFile,
      workers,
      sequential,
      batchSize: settings.embeddingBatchSize,
      batchRetries: settings.ingestBatchRetries,
      outageWaitMs: settings.ingestOutageWaitMs,
      chunkSize,
      chunkOverlap,
      parse,
      embedAgain,
      rebuild,
      prepareFirst: rebuild || state.kind === "adoptable",
      retry,
      allSources: plan.allSources,
      enabledSources: plan.enabledSources,
      maxDelete: flags.maxDelete,
    });
    const offInterrupt = world.onInterrupt(() => {
      if (!flags.quiet)
        world.stderr.write(
          "\nstopping: what is in flight is finished and stored; press Ctrl-C again to leave at once\n",
        );
      ingestor.stop.interrupt();
    });
    const result = await ingestor.ingest(sources);
    offInterrupt();
    if (ingestor.stop.error !== undefined && !ingestor.started) throw ingestor.stop.error;
    const errors: unknown[] = ingestor.stop.error === undefined ? [] : [ingestor.stop.error];
    // What was stored stays stored, and the summary is due, when the log cannot be written.
    await failures
      .settle(ingestor.runs, { everything: plan.allSources && retry === undefined })
      .catch((error: unknown) => errors.push(error));
    for (const error of errors) reporter.report(errorEvent(error));
    const end = errors.length > 0 ? "failed" : ingestor.stop.requested ? "interrupted" : "ended";
    return await conclude(end, result, { plan, flags, world, reporter, failures });
  } finally {
    await store.close();
  }
}

type Concluded = {
  readonly plan: RunPlan;
  readonly flags: Flags;
  readonly world: World;
  readonly reporter: Reporter;
  readonly failures: Failures;
};

/** Turns what happened into the summary and the exit code. */
async function conclude(
  end: "ended" | "failed" | "interrupted",
  result: IngestResult,
  { plan, flags, world, reporter, failures }: Concluded,
): Promise<number> {
  const sources = [...plan.completed.map(skippedSummary), ...result.sources];
  const everything = plan.allSources && plan.retry === undefined;
  // What damaged lines of the log name may not be stored, unless all there is was stored.
  const logSays = everything || !plan.logDamaged;
  const whole = logSays && sources.every(({ status }) => status !== "FAILED" && status !== "PARTIAL");
  const exitCode = end === "interrupted" ? 130 : end === "ended" && whole ? 0 : 1;
  if (exitCode === 0 && everything) {
    // All is stored; left behind, the file misleads nobody but a --resume.
    await plan.resumeFile.remove().catch((error: unknown) => {
      reporter.report({ type: "warning", source: "", path: plan.resumeFile.path, reason: messageOf(error) });
    });
  }

  const mode = modeOf(plan);
  reporter.report({ type: "summary", exitCode, mode, durationMs: result.duration, ...totalsOf(sources), sources });
  if (!flags.json) {
    const { duration: durationMs, limit } = result;
    const { columns } = world.stdout;
    const failureLog = failures.allLogged ? plan.failureLog.path : undefined;
    world.stdout.write(summaryText({ sources, mode, durationMs, exitCode, limit, failureLog, columns }));
  }
  return exitCode;
}

function nothingToRetry(plan: RunPlan, flags: Flags, world: World, reporter: Reporter): number {
  const { logged, failureLog, logDamaged } = plan;
  const exitCode = logDamaged ? 1 : 0;
  reporter.report({ type: "summary", exitCode, mode: modeOf(plan), durationMs: 0, ...totalsOf([]), sources: [] });
  const why =
    logged.length === 0 ? `no failed chunks in ${failureLog.path}` : "the failure log names none of these sources";
  if (!flags.json) world.stdout.write(`Nothing to retry: ${why}.\n`);
  return exitCode;
}

function modeOf({ sequential, workers }: RunPlan): string {
  return sequential ? "sequential" : `parallel (${workers}w)`;
}

function skippedSummary(source: string): SourceSummary {
  const nothing = { files: 0, documents: 0, chunks: 0, embedded: 0, reused: 0, removed: 0, failed: 0 };
  return { source, status: "SKIPPED", reason: "completed by the interrupted run", ...nothing, durationMs: 0 };
}
