import { readFile, rename, unlink } from "node:fs/promises";
import { z } from "zod";
import { IngestError, messageOf } from "../flow/errors.ts";

const state = z.object({
  completed_sources: z.array(z.string()),
  failed_sources: z.record(z.string(), z.string()).default({}),
});

type State = { completed_sources: string[]; failed_sources: Record<string, string> };

/** `.ingestion-state.json`: which sources an interrupted run completed, for `--resume`. Replaced by rename, never half-written. */
export class ResumeFile {
  readonly path: string;
  #state: State = { completed_sources: [], failed_sources: {} };

  constructor(path: string) {
    this.path = path;
  }

  /** The sources an earlier run completed; they stay on record in this run. [] without a file. */
  async load(): Promise<readonly string[]> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw unusable(this.path, `cannot be read: ${messageOf(error)}`);
    }
    const parsed = state.safeParse(parseJson(text));
    if (!parsed.success) throw unusable(this.path, "is not a resume file of bbj-ingest-all");
    this.#state = { completed_sources: parsed.data.completed_sources, failed_sources: {} };
    return this.#state.completed_sources;
  }

  /** Puts on record that this run has begun: from now on the file speaks of it, and of what `load` found. */
  async begin(): Promise<void> {
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
    await unlink(this.path).catch(() => {});
  }

  async #save(): Promise<void> {
    const temporary = `${this.path}.${process.pid}.tmp`;
    try {
      await Bun.write(temporary, `${JSON.stringify(this.#state, null, 2)}\n`);
      await rename(temporary, this.path);
    } catch (error) {
      throw new IngestError(`the resume file ${this.path} cannot be written: ${messageOf(error)}`, {
        decision: "fatal",
        code: "resume_file",
        hint: "run in a directory you can write to",
        cause: error,
      });
    }
  }
}

function unusable(path: string, why: string): IngestError {
  return new IngestError(`${path} ${why}`, {
    decision: "fatal",
    code: "resume_file",
    hint: "remove it and run without --resume: only what changed is embedded anyway",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
