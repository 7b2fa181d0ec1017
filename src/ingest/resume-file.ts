import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { fatalError, type Hint, IngestError } from "../flow/errors.ts";
import { linkTarget } from "../flow/link-target.ts";
import { readOwnFile, removeFile, replaceFile, requireReplaceable } from "../flow/replace-file.ts";
import { systemReason } from "../flow/system-reason.ts";
import { parseJson } from "../text/parse-json.ts";

/** How the file begins, white space aside. */
const BEGINNING = '{"completed_sources":';

const madeWith = {
  /** The store's id of the database, and what it is called. */
  database: z.string(),
  database_name: z.string(),
  model: z.string(),
  sources_file: z.string(),
};
const state = z.object({
  completed_sources: z.array(z.string()),
  failed_sources: z.record(z.string(), z.string()).default({}),
  /** All that the run is about. */
  sources: z.array(z.string()).optional(),
  ...z.object(madeWith).partial().shape,
  /** What each completed source was, as a hash: its entry, and the settings that shape its chunks. */
  definitions: z.record(z.string(), z.string()).default({}),
});

/** What an earlier run left. Without `database` it is of a version that did not say what it worked on. */
export type ResumeState = Readonly<z.infer<typeof state>>;

/** What a run works on and with: what the file says holds only there. No passwords. */
export type MadeWith = Required<Pick<ResumeState, keyof typeof madeWith>>;

/** What a run puts on record while it goes on. */
export type ResumeRecord = {
  /** This run has begun: from now on the file speaks of it, and of what it resumes. */
  begin(): Promise<void>;
  completed(source: string): Promise<void>;
  failed(source: string, reason: string): Promise<void>;
};

type ResumeRecordOptions = {
  /** Asked at each write: a database has no id before it is made. */
  readonly madeWith: () => Promise<MadeWith>;
  readonly definitions: Readonly<Record<string, string>>;
  /** Those of the run. */
  readonly sources: readonly string[];
  /** The sources that earlier runs completed; they stay on record. */
  readonly completed: readonly string[];
};

/** The record of a run that nobody resumes. */
export const NO_RESUME_RECORD: ResumeRecord = {
  begin: async () => {},
  completed: async () => {},
  failed: async () => {},
};

/** `.ingestion-state.json`: which sources an interrupted run completed, for `--resume`. Replaced by rename, never half-written. */
export class ResumeFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Undefined without a file. */
  async load(): Promise<ResumeState | undefined> {
    const text = await this.#read();
    if (text === undefined) return undefined;
    const parsed = state.safeParse(parseJson(text));
    if (!parsed.success) throw unusable(`${this.path} is not a resume file of bbj-ingest-all`);
    return parsed.data;
  }

  /** Throws when the file could not be written, or is somebody else's; writes nothing. */
  async requireWritable(): Promise<void> {
    await requireReplaceable(this.path).catch(this.#throwUnwritable);
    const beginning = ((await this.#read()) ?? "").replace(/\s/g, "").slice(0, BEGINNING.length);
    // Half of one of ours, as a copy that was cut short, says nothing that could be lost.
    if (!BEGINNING.startsWith(beginning)) {
      throw unusable(
        `${this.path} is not a resume file of bbj-ingest-all`,
        "move it away, or name another directory with --state-dir DIR",
      );
    }
  }

  /** Where its path leads. */
  target(): Promise<string> {
    return linkTarget(this.path).catch(this.#throwUnwritable);
  }

  async #read(): Promise<string | undefined> {
    const bytes = await readOwnFile(this.path).catch((error: unknown) => {
      throw unusable(`the resume file ${this.path} cannot be read: ${systemReason(error)}`);
    });
    // Editors on Windows put a byte order mark in front.
    return bytes?.toString("utf8").replace(/^\uFEFF/, "");
  }

  /** The record of a run that begins. */
  record({ madeWith: made, definitions, sources, completed }: ResumeRecordOptions): ResumeRecord {
    const done = new Set(completed);
    const failed = new Map<string, string>();
    /** A source may end while the run is put on record: one after the other, for each takes up what was there before. */
    let saving: Promise<void> = Promise.resolve();
    const save = () => {
      const saved = saving.then(async () => {
        const completed_sources = [...done];
        const known = completed_sources.flatMap((name) => {
          const definition = definitions[name];
          return definition === undefined ? [] : [[name, definition]];
        });
        const text = {
          ...{ completed_sources, failed_sources: Object.fromEntries(failed), sources, ...(await made()) },
          definitions: Object.fromEntries(known),
        };
        await this.#write(`${JSON.stringify(text, null, 2)}\n`);
      });
      saving = saved.catch(() => {});
      return saved;
    };
    return {
      begin: save,
      completed: (source) => {
        failed.delete(source);
        done.add(source);
        return save();
      },
      failed: (source, reason) => {
        done.delete(source);
        failed.set(source, reason);
        return save();
      },
    };
  }

  async remove(): Promise<void> {
    await removeFile(this.path).catch(this.#throwUnwritable);
  }

  /** The first file that a run writes, so its directory is made here. */
  async #write(text: string): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true }).catch(this.#throwUnwritable);
    await replaceFile(this.path, text).catch(this.#throwUnwritable);
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

const WITHOUT: Hint = (call) =>
  `remove it and run without it: only what changed is embedded anyway: ${call.again([], { without: ["--resume"] })}`;

function unusable(message: string, hint: Hint = WITHOUT): IngestError {
  return fatalError("resume_file", message, hint);
}
