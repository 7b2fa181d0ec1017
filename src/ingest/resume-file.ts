import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { IngestError } from "../flow/errors.ts";
import { removeFile, replaceFile, requireReplaceable } from "../flow/replace-file.ts";
import { isMissing, systemReason } from "../flow/system-reason.ts";
import { parseJson } from "../text/parse-json.ts";

const state = z.object({
  completed_sources: z.array(z.string()),
  failed_sources: z.record(z.string(), z.string()).default({}),
});

/** What a run puts on record while it goes on. */
export type ResumeRecord = Pick<ResumeFile, "begin" | "completed" | "failed">;

/** The record of a run that nobody resumes. */
export const NO_RESUME_RECORD: ResumeRecord = {
  begin: async () => {},
  completed: async () => {},
  failed: async () => {},
};

/** `.ingestion-state.json`: which sources an interrupted run completed, for `--resume`. Replaced by rename, never half-written. */
export class ResumeFile {
  readonly path: string;
  #state: z.infer<typeof state> = { completed_sources: [], failed_sources: {} };
  /** A source may end while the run is put on record: one after the other, for they share the temporary file. */
  #saving: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  /** The sources an earlier run completed; they stay on record in this run. [] without a file. */
  async load(): Promise<readonly string[]> {
    const text = await readFile(this.path, "utf8").catch((error: unknown) => {
      if (!isMissing(error)) throw unusable(`the resume file ${this.path} cannot be read: ${systemReason(error)}`);
    });
    if (text === undefined) return [];
    // Editors on Windows put a byte order mark in front.
    const parsed = state.safeParse(parseJson(text.replace(/^\uFEFF/, "")));
    if (!parsed.success) throw unusable(`${this.path} is not a resume file of bbj-ingest-all`);
    this.#state = { completed_sources: parsed.data.completed_sources, failed_sources: {} };
    return this.#state.completed_sources;
  }

  /** Throws when the file could not be written; writes nothing. */
  async requireWritable(): Promise<void> {
    await requireReplaceable(this.path).catch(this.#throwUnwritable);
  }

  /**
   * Puts on record that this run has begun: from now on the file speaks of it, and of what `load` found. The first file
   * that a run writes, so its directory is made here.
   */
  async begin(): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true }).catch(this.#throwUnwritable);
    await this.#save();
  }

  async completed(source: string): Promise<void> {
    delete this.#state.failed_sources[source];
    if (!this.#state.completed_sources.includes(source)) this.#state.completed_sources.push(source);
    await this.#save();
  }

  async failed(source: string, reason: string): Promise<void> {
    this.#state.completed_sources = this.#state.completed_sources.filter((name) => name !== source);
    this.#state.failed_sources[source] = reason;
    await this.#save();
  }

  async remove(): Promise<void> {
    await removeFile(this.path).catch(this.#throwUnwritable);
  }

  #save(): Promise<void> {
    const saved = this.#saving
      .then(() => replaceFile(this.path, `${JSON.stringify(this.#state, null, 2)}\n`))
      .catch(this.#throwUnwritable);
    this.#saving = saved.catch(() => {});
    return saved;
  }

  readonly #throwUnwritable = (error: unknown): never => {
    throw new IngestError(`the resume file ${this.path} cannot be written: ${systemReason(error)}`, {
      decision: "fatal",
      code: "resume_file",
      hint: "make it a file you can write to, or name another directory with --state-dir DIR",
      cause: error,
    });
  };
}

function unusable(message: string): IngestError {
  return new IngestError(message, {
    decision: "fatal",
    code: "resume_file",
    hint: "remove it and run without --resume: only what changed is embedded anyway",
  });
}
