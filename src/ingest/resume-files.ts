import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { IngestError } from "../flow/errors.ts";
import type { Part } from "../parsers/part.ts";
import { type MadeWith, ResumeFile, type ResumeRecord } from "./resume-file.ts";

/** Runs that share a directory have a file each. */
export function resumeFileOf(directory: string, part: Part | undefined): ResumeFile {
  const ofPart = part === undefined ? "" : `-${part.index}-of-${part.count}`;
  return new ResumeFile(join(directory, `.ingestion-state${ofPart}.json`));
}

/** What part of the sources a file of a name like these is about; undefined for other files. */
export function partOfResumeFile(name: string): { readonly part: Part | undefined } | undefined {
  const [file, index, count] = /^\.ingestion-state(?:-(\d{1,4})-of-(\d{1,4}))?\.json$/.exec(name) ?? [];
  if (file === undefined) return undefined;
  return { part: index === undefined ? undefined : { index: Number(index), count: Number(count) } };
}

type SplitOtherwiseOptions = {
  /** Where the files are. */
  readonly directory: string;
  /** What this run is. */
  readonly part: Part | undefined;
  readonly madeWith: () => Promise<MadeWith>;
};

/**
 * A record that also removes what runs of another number of parts left, and nobody may use again: once all sources that such a file is
 * about were completed by this run. Their locks are this run's until it ends, and nobody who splits them otherwise gets them
 * meanwhile; so none of those runs is under way.
 */
export function withoutSplitOtherwise(record: ResumeRecord, options: SplitOtherwiseOptions): ResumeRecord {
  const completed = new Set<string>();
  return {
    ...record,
    async completed(source) {
      await record.completed(source);
      completed.add(source);
      for (const file of await splitOtherwise(options)) await removeIfDone(file, completed, await options.madeWith());
    },
  };
}

async function splitOtherwise({ directory, part }: SplitOtherwiseOptions): Promise<ResumeFile[]> {
  const names = await readdir(directory).catch(() => []);
  return names.flatMap((name) => {
    const { part: other } = partOfResumeFile(name) ?? {};
    if (other === undefined || other.count === part?.count) return [];
    return [resumeFileOf(directory, other)];
  });
}

/** One that is damaged, or somebody else's, stays: it may be no resume file. */
async function removeIfDone(file: ResumeFile, completed: ReadonlySet<string>, now: MadeWith): Promise<void> {
  try {
    const state = await file.load();
    if (state?.sources === undefined || state.database !== now.database || state.sources_file !== now.sources_file)
      return;
    const about = [...state.sources, ...state.completed_sources, ...Object.keys(state.failed_sources)];
    if (about.every((source) => completed.has(source))) await file.remove();
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
  }
}
