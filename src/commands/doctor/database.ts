import { hostname } from "node:os";
import { IngestError } from "../../flow/errors.ts";
import type { DatabaseChoice } from "../../store/driver/database.ts";
import { openStore } from "../../store/open-store.ts";
import type { CorpusState, Health, LockHolder, Store } from "../../store/store.ts";
import { endSession, MAKE_VECTOR, makeDatabase, UPDATE_VECTOR } from "../../store/tools/mending.ts";
import { type Finding, inPsql, inTime, type Look, problemOf, type Remedy } from "./finding.ts";

const AREA = "database";
/** Of a server. The embedded database answers to nobody else, and may have to play its log again. */
const ANSWER_MS_MAX = 5_000;
const OPENING_MS_MAX = 60_000;
/** All that is asked of a server once it is open. */
const HEALTH_MS_MAX = 15_000;

type CheckedDatabase = {
  readonly findings: readonly Finding[];
  /** What the next checks look into; undefined when it could not be asked. */
  readonly opened: OpenedDatabase | undefined;
};

export type OpenedDatabase = {
  /** For messages. */
  readonly description: string;
  readonly isServer: boolean;
  readonly corpus: CorpusState;
  /** Undefined as long as there is no database. */
  readonly health: Health | undefined;
  /** Documents of each source. */
  readonly documents: ReadonlyMap<string, number>;
  readonly holders: readonly LockHolder[];
  readonly whyUnindexed: string | undefined;
};

/**
 * Whether the database answers, and whether a run may do there what it has to. `sources`: names of those that are listed;
 * `during`: what else is asked while it is open, in a time that is for whoever asks to bound.
 */
export async function checkDatabase(
  look: Look,
  choice: DatabaseChoice,
  sources: readonly string[],
  { during = async () => {} }: { readonly during?: (store: Store) => Promise<void> } = {},
): Promise<CheckedDatabase> {
  const { world } = look;
  const isServer = choice.kind === "server";
  const [ms, close] = [isServer ? ANSWER_MS_MAX : OPENING_MS_MAX, (late: Store) => void late.close().catch(() => {})];
  const open = () => openStore(choice, { readsOnly: true, clock: world.clock, open: world.openDatabase });
  let store: Store | undefined;
  try {
    store = await inTime(look, ms, open, close);
    if (store === undefined) return { findings: [silent(choice, ms, look)], opened: undefined };
    const asked = store;
    const healthMs = isServer ? HEALTH_MS_MAX : OPENING_MS_MAX;
    const opened = await inTime(look, healthMs, () => ask(asked, sources, isServer));
    if (opened === undefined) return { findings: [silent(choice, healthMs, look)], opened };
    const findings = [...aboutServer(opened), ...rights(opened, look)];
    if (isServer) findings.push(await sessions(asked, look), ...locks(opened));
    await during(asked);
    return { findings, opened };
  } catch (error) {
    return { findings: [cannotOpen(error, choice, look)], opened: undefined };
  } finally {
    await store?.close().catch(() => {});
  }
}

async function ask(store: Store, sources: readonly string[], isServer: boolean): Promise<OpenedDatabase> {
  const { description } = store;
  const corpus = await store.inspect();
  const health = await store.health();
  const documents = await store.documentCounts();
  const holders = await store.holders([...new Set([...sources, ...documents.keys()])]);
  const whyUnindexed = await store.whyUnindexed();
  return { description, isServer, corpus, health, documents, holders, whyUnindexed };
}

function silent(choice: DatabaseChoice, ms: number, look: Look): Finding {
  const detail = `${nameOf(choice)} does not answer within ${ms / 1_000} s`;
  const hint = "is it the right host and port, and is a firewall in between?";
  return { area: AREA, what: "connection", state: "problem", detail, ...otherwise(choice, look, hint) };
}

function nameOf({ kind, label }: DatabaseChoice): string {
  return kind === "server" ? `PostgreSQL ${label}` : `embedded PostgreSQL ${label}`;
}

/** What else works. */
function otherwise(choice: DatabaseChoice, { call, asksOn }: Look, hint: string): Remedy {
  if (asksOn === true) return { hint };
  const [kind, url] =
    choice.kind === "server"
      ? (["use the embedded database", "pglite:.bbj-rag"] as const)
      : (["make another one", `${choice.label}-2`] as const);
  const join = hint === "" ? "" : hint.endsWith("?") ? " " : "; ";
  return { hint: `${hint}${join}or ${kind}:`, remedy: call.again(["doctor", `--database-url=${url}`]) };
}

function cannotOpen(error: unknown, choice: DatabaseChoice, look: Look): Finding {
  const what = error instanceof IngestError && error.code === "locked" ? "lock" : "connection";
  const found = problemOf(AREA, what, error, look);
  if (!(error instanceof IngestError) || found.remedy !== undefined) return found;
  const { hint } = found;
  switch (error.code) {
    case "locked": {
      const [, pid, host] = /pid (\d+) on (\S+) since/.exec(error.message) ?? [];
      return pid !== undefined && host === hostname() ? { ...found, hint, remedy: `kill ${pid}` } : found;
    }
    case "database_missing": {
      const name = choice.label.slice(choice.label.lastIndexOf("/") + 1);
      return { ...found, hint: "create it, or name another one", ...inPsql(makeDatabase(name)) };
    }
    case "schema_newer":
      return found;
    default:
      return { ...found, ...otherwise(choice, look, hint ?? "") };
  }
}

function aboutServer({ description, health, isServer }: OpenedDatabase): Finding[] {
  if (health === undefined) {
    const detail = `${description} is not there yet; the first run makes it`;
    return [{ area: AREA, what: "connection", state: "note", detail }];
  }
  const { version, vector, vectorOffered, hasParallelBuildBug, mayUseVector, home, searchPath, user } = health;
  const findings: Finding[] = [
    { area: AREA, what: "connection", state: "ok", detail: `${description}, version ${version}` },
  ];
  if (vector === null) {
    const detail = `not in this database yet; the first run makes it (${vectorOffered ?? "unknown version"})`;
    findings.push(
      mayUseVector
        ? { area: AREA, what: "pgvector", state: "note", detail }
        : {
            ...{ area: AREA, what: "pgvector", state: "problem" },
            detail: `the extension vector (pgvector) is not in this database yet, and ${user} may not make it`,
            ...inPsql(MAKE_VECTOR),
          },
    );
  } else if (hasParallelBuildBug && isServer) {
    const detail = `${vector}: parallel builds of its indexes can write outside their memory (CVE-2026-3172), so one process builds them`;
    const isOffered = vectorOffered !== null && Bun.semver.order(vectorOffered, "0.8.2") >= 0;
    const remedy = isOffered ? {} : { hint: "install pgvector 0.8.2 or newer on the server first" };
    findings.push({
      ...{ area: AREA, what: "pgvector", state: "note", detail },
      ...{ ...inPsql(UPDATE_VECTOR), ...remedy },
    });
  } else findings.push({ area: AREA, what: "pgvector", state: "ok", detail: vector });
  if (isServer && home !== null) {
    const detail = `tables are in the schema ${home} (search_path: ${searchPath})`;
    findings.push({ area: AREA, what: "search path", state: "ok", detail });
  }
  return findings;
}

function rights({ health, isServer }: OpenedDatabase, look: Look): Finding[] {
  if (health === undefined || !isServer) return [];
  const about = { area: AREA, what: "rights" } as const;
  const { user, lackingRights, lackingForRecords, lackingForClean } = health;
  const findings: Finding[] = [];
  if (lackingRights.length > 0) {
    const detail = `the database user ${user} lacks what a run needs`;
    findings.push({ ...about, state: "problem", detail, ...inPsql(lackingRights.join("\n")) });
  }
  const forRecords = lackingForRecords.filter((statement) => !lackingRights.includes(statement));
  if (forRecords.length > 0) {
    const detail = `a run of ${user} would not be put on record: status would not know of it`;
    findings.push({ ...about, what: "run records", state: "warning", detail, ...inPsql(forRecords.join("\n")) });
  }
  if (lackingRights.length === 0 && lackingForClean.length > 0) {
    const detail = `${user} may do all that a run needs, but for one with ${look.call.has("--clean") ? "this" : "--clean"}`;
    findings.push({ ...about, state: "warning", detail, ...inPsql(lackingForClean.join("\n")) });
  }
  if (findings.length > 0) return findings;
  return [{ ...about, state: "ok", detail: `${user} may do all that a run needs` }];
}

/** Whether a run gets sessions whose locks hold: not from a pooler that hands them from client to client. */
async function sessions(store: Store, look: Look): Promise<Finding> {
  const about = { area: AREA, what: "sessions" } as const;
  try {
    const isDone = await inTime(look, HEALTH_MS_MAX, () => store.requireSessions().then(() => true));
    if (isDone === true) return { ...about, state: "ok", detail: "a run has connections of its own" };
    return { ...about, state: "problem", detail: `no second connection within ${HEALTH_MS_MAX / 1_000} s` };
  } catch (error) {
    return problemOf(AREA, "sessions", error, look);
  }
}

function locks({ holders }: OpenedDatabase): Finding[] {
  const about = { area: AREA, what: "locks" } as const;
  if (holders.length === 0) return [{ ...about, state: "ok", detail: "no run is at work" }];
  return holders.map(({ session, pid, host, since, everything, sources }) => {
    const on = sources.length === 0 ? "a run is at work" : `a run is at work on ${sources.join(", ")}`;
    const who = `pid ${pid ?? "unknown"} on ${host} since ${since?.toISOString() ?? "an unknown time"}`;
    const hint = "wait for it to end, or stop it";
    const here = pid !== undefined && host === hostname();
    return {
      ...{ ...about, state: "problem", detail: `${everything ? "the corpus is being rebuilt" : on}: ${who}` },
      ...(here ? { remedy: `kill ${pid}` } : inPsql(endSession(session))),
      hint,
    };
  });
}
