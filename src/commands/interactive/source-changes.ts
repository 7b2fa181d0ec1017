import type { Flags } from "../../config/flags.ts";
import type { LoadedSettings } from "../../config/settings.ts";
import { type ListedSource, loadSources } from "../../config/sources.ts";
import { IngestError } from "../../flow/errors.ts";
import { type Changes, countChanges } from "../../ingest/changed-inputs.ts";
import { loadParser } from "../../parsers/registry.ts";
import type { LastRun, Store } from "../../store/store.ts";
import { count, plural } from "../../text/words.ts";
import { parseSettings } from "../parse-settings.ts";
import type { World } from "../world.ts";

/** For all sources together: a user waits. */
const COUNTING_MS_MAX = 3_000;

/** A source, and what a run would find changed of it. */
export type SourceChanges = ListedSource & {
  /** Undefined: not counted, because that would take too long, or there is no database to compare with. */
  readonly changes: Changes | undefined;
  /** Chunks that are stored of it, as far as that was looked up. */
  readonly chunks: number;
  /** It cannot be read. */
  readonly isBroken: boolean;
};

type Given = {
  /** Undefined when there is none that answers. */
  readonly store: Store | undefined;
  readonly listed: readonly ListedSource[];
  readonly flags: Flags;
  readonly loaded: LoadedSettings;
  readonly world: World;
  readonly runs: readonly LastRun[];
};

/** Counts what has changed of each source that is enabled, as far as that is known in a moment. */
export async function sourceChanges({ store, listed, flags, loaded, world, runs }: Given): Promise<SourceChanges[]> {
  const { settings } = loaded;
  const { clock, env, cwd } = world;
  const endMs = clock.now() + COUNTING_MS_MAX;
  const { signal } = new AbortController();
  const context = { ...parseSettings(settings, world, { mayWrite: false }), signal };
  const options = { context, clock, endMs, chunkSize: settings.chunk_size, chunkOverlap: settings.chunk_overlap };
  const counted: SourceChanges[] = [];
  for (const source of listed) {
    try {
      const [entry] = loadSources({ flags: { ...flags, source: [source.name] }, env, cwd }).entries;
      const isCounted = store !== undefined && entry !== undefined && source.enabled && clock.now() <= endMs;
      if (!isCounted) counted.push({ ...source, changes: undefined, chunks: 0, isBroken: false });
      else {
        const parser = await loadParser(entry, settings.parserValues);
        const stored = await store.loadSource(source.name);
        const chunks = [...stored.inputs.values()].reduce((sum, input) => sum + input.chunks, 0);
        counted.push({
          ...source,
          changes: await countChanges({ entry, parser }, stored, { ...options, readMs: readMsOf(source.name, runs) }),
          chunks,
          isBroken: false,
        });
      }
    } catch (error) {
      if (!(error instanceof IngestError)) throw error;
      counted.push({ ...source, changes: undefined, chunks: 0, isBroken: true });
    }
  }
  return counted;
}

/** When the last run began that read all of a source; undefined where that is not known. */
function readMsOf(name: string, runs: readonly LastRun[]): number | undefined {
  const last = runs.find(({ source, part }) => source === name && part === "");
  const isWhole = last !== undefined && last.mode !== "retry" && ["OK", "UNCHANGED", "PARTIAL"].includes(last.status);
  return isWhole && last.exitCode <= 1 ? last.startedAt.getTime() : undefined;
}

/** `12 files changed, 3 new, 1 gone, 2 files gave nothing, as in the last run`; what is said of a source in the picker, and of all together. */
export function changesText(all: readonly (Changes | undefined)[]): string {
  const known = all.filter((changes) => changes !== undefined);
  if (known.length === 0) return "changes not counted";
  const sum = (of: (changes: Changes) => number) => known.reduce((total, changes) => total + of(changes), 0);
  const counts: readonly (readonly [files: number, what: string])[] = [
    [sum(({ changed }) => changed), "changed"],
    [sum(({ unfinished }) => unfinished), "not finished"],
    [sum(({ added }) => added), "new"],
    [sum(({ gone }) => gone), "gone"],
  ];
  const parts = counts
    .filter(([files]) => files > 0)
    .map(([files, what], index) => `${index === 0 ? plural(files, "file") : count(files)} ${what}`);
  const [first = "nothing changed", ...more] = parts;
  const left = all.length - known.length;
  const empty = sum((changes) => changes.empty);
  const silent = empty === 0 ? [] : [`${plural(empty, "file")} gave nothing, as in the last run`];
  return [first, ...more, ...silent, ...(left === 0 ? [] : [`${plural(left, "source")} not counted`])].join(", ");
}
