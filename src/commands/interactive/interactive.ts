import { callOf } from "../../config/call.ts";
import type { Flags } from "../../config/flags.ts";
import { resolveWorkers } from "../../config/settings.ts";
import { IngestError } from "../../flow/errors.ts";
import { errorEvent } from "../../ingest/events.ts";
import { doctorSections } from "../../report/doctor-text.ts";
import { printable } from "../../text/printable.ts";
import { askQuestion } from "../ask-question.ts";
import { chooseSources } from "../choose-sources.ts";
import { chooseWorkers } from "../choose-workers.ts";
import { doctor } from "../doctor/doctor.ts";
import { fieldLines } from "../fields.ts";
import { measureEmbedder } from "../measure-embedder.ts";
import { prompting, type Prompts } from "../prompts.ts";
import { waitingFor } from "../waiting.ts";
import type { World } from "../world.ts";
import { type Action, askAction, mayEmbedAgain, type Picked } from "./ask-action.ts";
import { type Overview, overview } from "./overview.ts";
import { changesText } from "./source-changes.ts";

/** A run with these flags; gives its exit code. */
type Run = (flags: Flags) => Promise<number>;

/**
 * Shows how things stand, asks what is to be done until that is a run or the end, and says how to call the same without
 * prompts. Exit code: that of the run; 130 when the user cancels: then nothing was changed.
 */
export async function interactive({ interactive: _, ...flags }: Flags, world: World, run: Run): Promise<number> {
  return prompting((clack) => new Session(clack, flags, world, run).ask());
}

class Session {
  readonly #clack: Prompts;
  readonly #flags: Flags;
  readonly #world: World;
  readonly #run: Run;
  /** Undefined until it was looked, and when it is to be looked again. */
  #seen: Overview | undefined;
  /** A server that is too slow for it would be asked again and again. */
  #isMeasured = false;
  #picked: Picked = { sources: [], workers: 1, hasWorkers: false, rates: [] };

  constructor(clack: Prompts, flags: Flags, world: World, run: Run) {
    this.#clack = clack;
    this.#flags = flags;
    this.#world = world;
    this.#run = run;
  }

  async ask(): Promise<number> {
    for (;;) {
      this.#seen ??= await this.#look();
      const action = await askAction(this.#clack, this.#seen, { flags: this.#flags, picked: this.#picked });
      const exitCode = await this.#do(action, this.#seen);
      if (exitCode !== undefined) return exitCode;
    }
  }

  /** The exit code where it ends; undefined where it is asked again. */
  async #do(action: Action, seen: Overview): Promise<number | undefined> {
    switch (action) {
      case "update":
        return this.#start({});
      case "retry":
        return this.#start({ retryFailed: true });
      case "again": {
        const rates = await this.#measured(seen);
        this.#picked = { ...this.#picked, rates };
        return (await mayEmbedAgain(this.#clack, seen.sources, this.#picked))
          ? this.#start({ clean: true })
          : undefined;
      }
      case "choose":
        return this.#choose(seen);
      case "search":
        return this.#told(() =>
          askQuestion(this.#clack, this.#flags, this.#world, { message: "What do you look for?" }),
        );
      case "doctor":
        return this.#told(() => doctor(this.#flags, this.#world));
      case "look":
        this.#seen = undefined;
        return undefined;
      case "quit":
        this.#clack.outro("Nothing was changed.");
        return 0;
    }
  }

  async #look(): Promise<Overview> {
    const world = this.#world;
    let at = "looking at the sources";
    const looking = overview(this.#flags, world, {
      onStep(what) {
        at = what;
      },
    });
    const seen = await waitingFor(() => at, looking, world);
    this.#clack.note(fieldLines(seen.lines, world.stdout.columns), "How things stand");
    const shown = seen.findings.filter(({ state }) => state === "problem" || state === "warning");
    world.stdout.write(doctorSections(shown, world.stdout.columns));
    const { source: named } = this.#flags;
    const usual = seen.sources.filter(({ enabled, isBroken }) => enabled && !isBroken).map(({ name }) => name);
    const workers = seen.loaded === undefined ? 1 : resolveWorkers(seen.loaded.settings, this.#flags).workers;
    this.#picked = { sources: named ?? usual, workers, hasWorkers: false, rates: [] };
    this.#isMeasured = false;
    const texts = seen.sources.some(({ changes }) => (changes?.chunksMax ?? 0) > 0);
    const stops = shown.some(({ state }) => state === "problem");
    if (texts && !stops) this.#picked = { ...this.#picked, rates: await this.#measured(seen) };
    return seen;
  }

  /** Once: it costs the server something. */
  async #measured({ loaded }: Overview): Promise<Picked["rates"]> {
    if (loaded === undefined || this.#isMeasured) return this.#picked.rates;
    this.#isMeasured = true;
    return waitingFor(() => "measuring the embedder", measureEmbedder(loaded, this.#world), this.#world);
  }

  async #choose(seen: Overview): Promise<undefined> {
    const offered = seen.sources
      .filter(({ isBroken }) => !isBroken)
      .map(({ name, parser, enabled, changes }) => ({
        name,
        about: [parser, ...(enabled ? [changesText([changes])] : ["disabled"])],
      }));
    const sources = await chooseSources(this.#clack, offered, this.#picked.sources, this.#world);
    const rates = await this.#measured(seen);
    this.#picked = { ...this.#picked, sources, rates };
    if (this.#flags.sequential || seen.loaded === undefined) return;
    const { ingest_max_workers: most } = seen.loaded.settings;
    const workers = await chooseWorkers(this.#clack, {
      workers: this.#picked.workers,
      most,
      rates,
      columns: this.#world.stdout.columns,
    });
    this.#picked = { ...this.#picked, workers, hasWorkers: true };
  }

  /** The run that was asked for, with all that this call said. */
  async #start(mode: Pick<Flags, "retryFailed" | "clean">): Promise<number> {
    const { source: _, maxDelete, ...rest } = this.#flags;
    const { sources = [] } = this.#seen ?? {};
    const isAll =
      this.#flags.source === undefined &&
      sources.every(({ name, enabled }) => enabled === this.#picked.sources.includes(name));
    const flags: Flags = {
      ...rest,
      ...mode,
      // What is retried is not swept.
      ...(mode.retryFailed || maxDelete === undefined ? {} : { maxDelete }),
      ...(isAll ? {} : { source: this.#picked.sources }),
      ...(this.#picked.hasWorkers ? { workers: this.#picked.workers } : {}),
    };
    const command = callOf(this.#world.program, flags).again([]);
    this.#clack.outro(printable(command));
    const exitCode = await this.#run(flags);
    this.#world.stdout.write(`\nThe same without prompts:\n  ${command}\n`);
    return exitCode;
  }

  /** What fails is told, and asked again. */
  async #told(work: () => Promise<unknown>): Promise<undefined> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof IngestError)) throw error;
      const { message, hint } = errorEvent(error, callOf(this.#world.program, this.#flags));
      this.#clack.log.error([message, ...hint.split("\n")].map((line) => printable(line)).join("\n"));
    }
  }
}
