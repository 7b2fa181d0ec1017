import { callOf } from "../../config/call.ts";
import type { Flags } from "../../config/flags.ts";
import { DEFAULT, type LoadedSettings } from "../../config/settings.ts";
import { createEmbedder } from "../../embed/registry.ts";
import { FailureLog } from "../../ingest/failure-log.ts";
import { printable } from "../../text/printable.ts";
import { ago, count, duration, plural } from "../../text/words.ts";
import { checkConfiguration } from "../doctor/configuration.ts";
import { checkCorpus } from "../doctor/corpus.ts";
import { checkDatabase, type OpenedDatabase } from "../doctor/database.ts";
import { checkDirectories } from "../doctor/directories.ts";
import { checkEmbedder } from "../doctor/embedder.ts";
import { checkEnvironment } from "../doctor/environment.ts";
import type { Finding } from "../doctor/finding.ts";
import { checkLeftovers } from "../doctor/leftovers.ts";
import { checkSources } from "../doctor/sources.ts";
import type { Field } from "../fields.ts";
import { newestOf } from "../last-run.ts";
import type { LastRun, Store } from "../../store/store.ts";
import type { World } from "../world.ts";
import { sourceChanges, type SourceChanges } from "./source-changes.ts";

const IN_FILE = " in config.toml";

/** How things stand before a question is asked. */
export type Overview = {
  readonly findings: readonly Finding[];
  readonly loaded: LoadedSettings | undefined;
  readonly sources: readonly SourceChanges[];
  /** Of the failure log. */
  readonly failed: readonly { readonly source: string }[];
  /** What there is, a line each, with what the line is about before it. */
  readonly lines: readonly Field[];
};

type Looking = {
  /** Called with what is looked at by now. */
  readonly onStep: (what: string) => void;
};

/** Looks at everything at once: none of it takes longer than some seconds, and nothing is changed. */
export async function overview(flags: Flags, world: World, { onStep }: Looking): Promise<Overview> {
  const look = { flags, world, call: callOf(world.program, flags) };
  const { findings, loaded, database } = checkConfiguration(look);
  const environment = checkEnvironment(look);
  const listing = checkSources(look, loaded);
  const looking = async () => {
    const { listed = [], entries } = await listing;
    if (loaded === undefined || database === undefined) return { found: [], sources: [], opened: undefined, runs: [] };
    const changes: SourceChanges[] = [];
    const runs: LastRun[] = [];
    const during = async (store: Store) => {
      runs.push(...((await store.lastRuns()) ?? []));
      changes.push(...(await sourceChanges({ store, listed, flags, loaded, world, runs })));
    };
    onStep(`looking into the database ${database.label}`);
    const { findings: ofDatabase, opened } = await checkDatabase(
      look,
      database,
      listed.map(({ name }) => name),
      { during },
    );
    const corpus = opened === undefined ? [] : checkCorpus(look, opened, { loaded, listed });
    onStep(`asking the embedder, ${createEmbedder(loaded.settings.embedder).place}`);
    // The model of the corpus is told by its mark.
    const embedder = await checkEmbedder(look, { loaded, mark: opened?.health?.corpus?.mark, quick: true });
    const directories = await checkDirectories(look, { loaded, database, entries });
    const known =
      changes.length > 0 ? changes : await sourceChanges({ store: undefined, listed, flags, loaded, world, runs });
    return { found: [...directories, ...ofDatabase, ...corpus, ...embedder], sources: known, opened, runs };
  };
  const [{ findings: ofSources }, { found, sources, opened, runs }, leftovers, failed] = await Promise.all([
    ...([listing, looking()] as const),
    loaded === undefined ? [] : checkLeftovers(look, loaded),
    loaded === undefined ? [] : failuresOf(loaded),
  ]);
  return {
    findings: [...findings, ...environment, ...ofSources, ...found, ...leftovers],
    ...{ loaded, sources, failed },
    lines: linesOf({
      flags,
      loaded,
      database: database?.label,
      opened,
      sources,
      failed: failed.length,
      lastRun: lastRunText(runs, world.clock.date()),
    }),
  };
}

async function failuresOf({ settings }: LoadedSettings): Promise<Overview["failed"]> {
  // `checkLeftovers` says what is wrong with it.
  const read = new FailureLog(settings.failureLogPath).read();
  return read.then(
    ({ entries }) => entries,
    () => [],
  );
}

type Seen = {
  readonly flags: Flags;
  readonly loaded: LoadedSettings | undefined;
  readonly database: string | undefined;
  readonly opened: OpenedDatabase | undefined;
  readonly sources: readonly SourceChanges[];
  readonly failed: number;
  /** "" when it is not known. */
  readonly lastRun: string;
};

function linesOf({ flags, loaded, database = "", opened, sources, failed, lastRun }: Seen): Overview["lines"] {
  const on = sources.filter(({ enabled }) => enabled).length;
  const off = sources.length - on;
  const corpus = opened?.health?.corpus;
  const stored =
    corpus === undefined
      ? "no corpus yet"
      : `${plural(corpus.size.rows, "chunk")} of ${plural(opened?.documents.size ?? 0, "source")}`;
  const embedder = loaded === undefined ? undefined : createEmbedder(loaded.settings.embedder);
  return [
    [
      "sources",
      `${flags.config ?? "sources.toml"}: ${plural(on, "source")}${off === 0 ? "" : `, ${count(off)} more disabled`}`,
    ],
    ...(loaded === undefined ? [] : [["settings", settingsText(loaded)] as const]),
    ["database", opened === undefined ? database : `${database}: ${stored}`],
    ...(lastRun === "" ? [] : [["last run", lastRun] as const]),
    ...(embedder === undefined
      ? []
      : [["embedder", `${embedder.provider} ${embedder.model}, ${embedder.dimensions} dimensions`] as const]),
    ["failures", failed === 0 ? "none wait to be retried" : `${plural(failed, "chunk")} to be retried`],
  ].map(([about = "", text = ""]) => [about, printable(text)] as const);
}

/** Where settings come from that are not as they are by default: `config.toml (3), BBJ_RAG_DB_HOST`. */
function settingsText({ origins }: LoadedSettings): string {
  const names = [...origins.values()].map(({ name }) => name).filter((name) => name !== DEFAULT);
  const inFile = names.filter((name) => name.endsWith(IN_FILE)).length;
  // An embedder with a model of its own is the origin of what it leaves no choice in.
  const others = new Set(names.filter((name) => /^(?:--|[A-Z])/.test(name)));
  const all = [...(inFile === 0 ? [] : [`config.toml (${inFile})`]), ...others];
  return all.length === 0 ? "all as they are by default" : all.join(", ");
}

/** `5 min ago, 12 s: OK 2`: the run that ended last, and how its sources fared. */
function lastRunText(runs: readonly LastRun[], now: Date): string {
  const last = newestOf(runs);
  if (last === undefined) return "";
  const own = runs.filter(({ run }) => run === last.run);
  const states = [...Map.groupBy(own, ({ status }) => status)].map(
    ([status, { length }]) => `${status} ${count(length)}`,
  );
  const tookMs = last.endedAt.getTime() - last.startedAt.getTime();
  return `${ago(last.endedAt, now)}, ${duration(tookMs)}: ${states.join(", ")}`;
}
