import { callOf } from "../config/call.ts";
import type { Flags } from "../config/flags.ts";
import { type CorpusEmbedder, dryRunEmbedder } from "../embed/embedder.ts";
import { createEmbedder } from "../embed/registry.ts";
import { type Call, messageOf } from "../flow/errors.ts";
import { errorEvent, type Reporter, type SourceSummary, totalsOf } from "../ingest/events.ts";
import { NO_FAILURE_RECORD } from "../ingest/failure-log.ts";
import { Failures } from "../ingest/failures.ts";
import type { IngestResult } from "../ingest/ingestor-options.ts";
import { ParallelIngestor } from "../ingest/parallel-ingestor.ts";
import { PhaseClock } from "../ingest/phase-clock.ts";
import { NO_RESUME_RECORD } from "../ingest/resume-file.ts";
import { partText } from "../parsers/part.ts";
import type { PlannedSource } from "../ingest/source-run.ts";
import { createDisplay } from "../report/create-display.ts";
import type { Display } from "../report/display.ts";
import { dryRunText, summaryText, troubleText } from "../report/summary.ts";
import { WarningNews } from "../report/warning-news.ts";
import { dryRunStore } from "../store/dry-run-store.ts";
import { knowsNoPrefix, requireSameModel } from "../store/model-identity.ts";
import { openStore } from "../store/open-store.ts";
import type { CorpusState, Store } from "../store/store.ts";
import { VERSION } from "../text/program.ts";
import { readEarlierRuns } from "./earlier-runs.ts";
import { planRun, type RunPlan } from "./plan-run.ts";
import { makeJudge, planJudging } from "./judge.ts";
import { recordRun, rememberWarnings } from "./record-run.ts";
import type { World } from "./world.ts";

/** A run as it was asked for, and where it is told. */
type Run = {
  readonly plan: RunPlan;
  readonly flags: Flags;
  readonly world: World;
  readonly display: Display;
  readonly reporter: WarningNews;
  readonly phases: PhaseClock;
  readonly call: Call;
};

/** The whole run. Returns its exit code, and throws what keeps it from starting: then nothing was changed. */
export async function ingest(flags: Flags, world: World): Promise<number> {
  const display = createDisplay(flags, world);
  try {
    return await runOf(flags, { ...world, stderr: display.stderr }, display);
  } finally {
    display.end();
  }
}

async function runOf(flags: Flags, world: World, display: Display): Promise<number> {
  const { json = false, quiet = false, warnings = false, verbose = false } = flags;
  const reporter = new WarningNews({
    ...{ reporter: display, all: json || warnings || verbose, quiet: quiet && !json },
  });
  const plan = await planRun(flags, world, reporter).catch((error: unknown) => {
    reporter.compareWith(new Map());
    throw error;
  });
  reporter.compareWith(await plan.knownWarnings.load());
  const judging = planJudging(flags, world);
  const call = callOf(world.program, flags);
  const phases = new PhaseClock({ clock: world.clock, reporter });
  const run = { plan, flags, world, display, reporter, phases, call };
  const { mode, database, dryRun, failureLog, logDamaged, shadowMsMax } = plan;
  if (mode.kind === "retry" && plan.logged.length === 0) return nothingToRetry(run, logDamaged);

  const how = { rebuild: mode.kind === "rebuild", shadowMsMax, clock: world.clock, open: world.openDatabase };
  const open = () => openStore(database, how);
  const opened = await phases.during("opening", () => (database.kind === "embedded" ? display.deaf(open) : open()));
  try {
    const store = dryRun ? dryRunStore(opened) : database.kind === "embedded" ? leavableStore(opened, run) : opened;
    const corpus = await store.inspect();
    const embedder = embedderFor(run, corpus);
    if (mode.kind !== "rebuild") requireSameModel(corpus, embedder, store.description);
    const earlier = await readEarlierRuns(plan, { store, embedder, reporter, call });
    const { sources, logged: before } = earlier;
    // Only a run of all sources settles what these lines say; in parts, all of them do.
    const hasOthers = logDamaged || (mode.kind === "retry" && earlier.hasOthers);
    if (mode.kind === "retry" && sources.length === 0) return nothingToRetry(run, hasOthers);
    await begin(run, store, embedder, sources);
    const judged = { store, corpus, embedder: plan.embedder, flags, world };
    const judge = judging && (await phases.during("measuring", () => makeJudge(judging, judged)));
    const log = dryRun ? NO_FAILURE_RECORD : failureLog;
    const failures = new Failures({ log, place: store, before, reporter, clock: world.clock });
    const ingestor = new ParallelIngestor({
      ...{ ...plan, store, corpus, failures, reporter, clock: world.clock, phases, call, judge },
      embedder: dryRun ? dryRunEmbedder(embedder) : embedder,
      resumeFile: dryRun || mode.kind === "retry" ? NO_RESUME_RECORD : earlier.resumeRecord,
    });
    const off = world.onInterrupt(() => {
      const first = dryRun ? "nothing is changed" : "what is in flight is finished and stored";
      display.stopping(`stopping: ${first}; press Ctrl-C again to leave at once`);
      ingestor.stop.interrupt();
    });
    // Whatever it was, nobody knows what will never be answered now: the run ends as it does when it is asked to.
    const offUncaught = world.onUncaught?.((error) => ingestor.stop.fail(error));
    const result = await ingestor.ingest(sources);
    off();
    offUncaught?.();
    return await conclude(run, ingestor, { store, failures, completed: earlier.completed, hasOthers, result });
  } finally {
    await opened.close();
  }
}

/** The embedder that the settings ask for. To a corpus from before there were prefixes it brings none, unless one is set. */
function embedderFor({ plan: { mode, embedder: settings }, reporter, call }: Run, corpus: CorpusState): CorpusEmbedder {
  const embedder = createEmbedder(settings);
  const { model, documentPrefix } = embedder;
  const isSet = documentPrefix === "" || settings.embeddingDocumentPrefix !== undefined;
  if (mode.kind === "rebuild" || isSet || !knowsNoPrefix(corpus, embedder)) return embedder;
  const prefix = `the document prefix ${JSON.stringify(documentPrefix)} that ${model} wants`;
  const bring = call.again(["--clean"], { without: ["--source"] });
  const reason = `the corpus was made without ${prefix}, and goes on without; to bring it: ${bring}`;
  reporter.report({ type: "warning", source: "", path: "", reason });
  return createEmbedder({ ...settings, embeddingDocumentPrefix: "" });
}

/** Makes sure that nobody else is at work on the sources, and says that the run begins. */
async function begin(
  { plan: { mode, embedding, sequential, scope }, reporter, phases }: Run,
  store: Store,
  embedder: CorpusEmbedder,
  sources: readonly PlannedSource[],
): Promise<void> {
  const names = sources.map(({ entry }) => entry.name);
  const how = { exclusive: mode.kind === "rebuild", part: scope.part };
  await phases.during("locking", () => store.lock(names, how));
  const { provider, model, dimensions, documentPrefix, queryPrefix } = embedder;
  reporter.report({
    type: "start",
    ...{ version: VERSION, sources: names, workers: embedding.workers, mode: sequential ? "sequential" : "parallel" },
    shard: scope.part === undefined ? null : partText(scope.part),
    ...{ database: store.description, embedder: provider, model, dimensions, documentPrefix, queryPrefix },
  });
}

type Ended = {
  readonly store: Store;
  readonly failures: Failures;
  readonly completed: readonly string[];
  /** The failure log has lines that this run cannot settle, unless it is one of all sources. */
  readonly hasOthers: boolean;
  readonly result: IngestResult;
};

/** Turns what happened into the files that the run leaves, the summary and the exit code. */
async function conclude(
  { plan, flags, world, reporter, call }: Run,
  { stop, started, runs }: ParallelIngestor,
  { store, failures, completed, hasOthers, result }: Ended,
): Promise<number> {
  if (stop.error !== undefined && !started) throw stop.error;
  const ofAll = plan.scope.whole && plan.mode.kind !== "retry";
  const everything = ofAll && plan.scope.part === undefined;
  const errors: unknown[] = stop.error === undefined ? [] : [stop.error];
  // What was stored stays stored, and the summary is due, when the log cannot be written.
  await failures.settle(runs, { everything, listed: plan.scope.listed }).catch((error: unknown) => errors.push(error));
  for (const error of errors) reporter.report(errorEvent(error, call));

  const left = plan.ofFirstPart.map((source) => skippedSummary(source, "it cannot be split: part 1 reads it"));
  const done = completed.map((source) => skippedSummary(source, "completed by the interrupted run"));
  const sources = [...done, ...left, ...result.sources];
  const isWhole = (ofAll || !hasOthers) && sources.every(({ status }) => status !== "FAILED" && status !== "PARTIAL");
  const exitCode = errors.length > 0 ? 1 : stop.requested ? 130 : isWhole ? 0 : 1;
  if (exitCode === 0 && ofAll && !plan.dryRun) await removeResumeFile(plan, reporter);

  const { duration: durationMs, spent: phases, chunksWaiting, isOneAtATime } = result;
  const ended = { mode: plan.mode, exitCode, durationMs, sources: result.sources, runs, error: stop.error };
  await recordRun(store, ended, { reporter, call });
  const mode = modeText(plan);
  reporter.report({ type: "summary", exitCode, mode, durationMs, phases, ...totalsOf(sources), sources });
  if (!plan.dryRun) {
    await rememberWarnings(plan, {
      told: reporter.told,
      sources: result.sources,
      isCutShort: exitCode === 130 || errors.length > 0,
    });
  }
  if (flags.json) return exitCode;
  const { columns } = world.stdout;
  const failureLog = result.failedChunks > 0 && failures.allLogged ? plan.failureLog.path : undefined;
  const summary = {
    sources,
    mode,
    durationMs,
    exitCode,
    chunksWaiting,
    isWithheld: [...runs.values()].some((run) => run.isWithheld),
    isOneAtATime,
    phases,
    failureLog,
    columns,
    call,
    repeated: reporter.repeated,
  };
  world.stdout.write(plan.dryRun ? dryRunText(summary) : flags.quiet ? troubleText(summary) : summaryText(summary));
  return exitCode;
}

/** The store of an embedded database, whose long statements keep this thread from hearing of signals: they may end it then. */
function leavableStore(store: Store, { display, world }: Run): Store {
  const hears = <Result>(work: () => Promise<Result>) => work();
  const { whileDeaf: unheard = hears } = world;
  const whileDeaf = <Result>(work: () => Promise<Result>) => display.deaf(() => unheard(work));
  return {
    ...store,
    async prepare(...asked) {
      // Made aside, and in its place when it is whole.
      const isMade = (await store.inspect()).kind === "none";
      return isMade ? whileDeaf(() => store.prepare(...asked)) : store.prepare(...asked);
    },
    ensureVectorIndex: (...asked) => whileDeaf(() => store.ensureVectorIndex(...asked)),
    swap: (...asked) => whileDeaf(() => store.swap(...asked)),
  };
}

/** All is stored; left behind, the file misleads nobody but a --resume. */
async function removeResumeFile({ resumeFile }: RunPlan, reporter: Reporter): Promise<void> {
  await resumeFile.remove().catch((error: unknown) => {
    reporter.report({ type: "warning", source: "", path: resumeFile.path, reason: messageOf(error) });
  });
}

function nothingToRetry({ plan, flags, world, reporter }: Run, hasOthers: boolean): number {
  const { logged, failureLog } = plan;
  const exitCode = hasOthers ? 1 : 0;
  reporter.report({
    type: "summary",
    exitCode,
    mode: modeText(plan),
    durationMs: 0,
    phases: [],
    ...totalsOf([]),
    sources: [],
  });
  const these = plan.scope.part === undefined ? "these sources" : "this part of the sources";
  const why =
    logged.length === 0
      ? `no failed chunks in ${failureLog.path}`
      : `the failure log names none of ${these} in this database`;
  if (!flags.json && !(flags.quiet && exitCode === 0)) world.stdout.write(`Nothing to retry: ${why}.\n`);
  return exitCode;
}

function modeText({ sequential, embedding }: RunPlan): string {
  return sequential ? "sequential" : `parallel (${embedding.workers}w)`;
}

function skippedSummary(source: string, reason: string): SourceSummary {
  return { source, status: "SKIPPED", reason, ...totalsOf([]), durationMs: 0 };
}
