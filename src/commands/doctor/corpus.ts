import { SOURCES_FILE_DEFAULT } from "../../config/flag-table.ts";
import type { LoadedSettings } from "../../config/settings.ts";
import type { ListedSource } from "../../config/sources.ts";
import { createEmbedder, embedders, hasModel } from "../../embed/registry.ts";
import { identityText, knowsNoPrefix, sameIdentity } from "../../store/model-identity.ts";
import type { Health, ModelIdentity } from "../../store/store.ts";
import { analyzeChunks, finishDocuments, removeOrphans } from "../../store/tools/mending.ts";
import { count, plural } from "../../text/words.ts";
import { ofAnotherCorpus } from "../status-notes.ts";
import type { OpenedDatabase } from "./database.ts";
import { type Finding, inPsql, type Look, type Remedy } from "./finding.ts";
import { settingRemedy } from "./settings.ts";

const AREA = "corpus";
const MEGABYTE = 1_048_576;
const HOUR_MS = 3_600_000;

type Given = { readonly loaded: LoadedSettings; readonly listed: readonly ListedSource[] | undefined };

/** What the database holds: of which model, in which shape, and what in it does not fit together. */
export function checkCorpus(look: Look, opened: OpenedDatabase, given: Given): Finding[] {
  const { corpus, health } = opened;
  const about = { area: AREA, what: "state" } as const;
  const findings = shadow(opened, look, given.loaded);
  if (corpus.kind === "none") {
    const detail = "none yet; the first run makes it";
    return [{ ...about, state: "note", detail, remedy: look.call.again([]) }, ...findings];
  }
  if (corpus.kind === "adoptable") {
    const detail = "a table of the former tool; the first run takes it over";
    return [
      { ...about, state: "note", detail, remedy: look.call.again([]) },
      checkModel(look, opened, given),
      ...findings,
    ];
  }
  const { corpus: found } = health ?? {};
  return [
    checkModel(look, opened, given),
    ...(found === undefined ? [] : [schema(found), size(found), ...indexes(opened, found, look)]),
    ...(found === undefined ? [] : orphans(found, opened, look)),
    ...sources(opened, given, look),
    ...findings,
  ];
}

type CorpusHealth = NonNullable<Health["corpus"]>;

/** Whether the settings name the model that made the vectors. */
export function checkModel(
  look: Look,
  { corpus, description }: OpenedDatabase,
  { loaded }: Pick<Given, "loaded">,
): Finding {
  const about = { area: AREA, what: "model" } as const;
  const { settings, origins } = loaded;
  const embedder = createEmbedder(settings.embedder);
  const isSet = settings.embedder.embeddingDocumentPrefix !== undefined || embedder.documentPrefix === "";
  const wanted = !isSet && knowsNoPrefix(corpus, embedder) ? { ...embedder, documentPrefix: "" } : embedder;
  const stored = corpus.identity ?? { ...wanted, dimensions: corpus.dimensions ?? wanted.dimensions };
  if (sameIdentity(stored, wanted)) return { ...about, state: "ok", detail: identityText(stored) };
  const detail = `the corpus in ${description} was made with ${identityText(stored)}; the settings name ${identityText(wanted)}`;
  const anew = "go by the model of the corpus, or have a --clean embed everything again with the other one";
  if (!hasModel(stored)) return { ...about, state: "problem", detail, remedy: look.call.again(["--clean"]) };
  const values = valuesOf(stored, wanted);
  return { ...about, state: "problem", detail, ...settingRemedy(values, origins, look), hint: anew };
}

/** The settings that name a model, as far as they are not so already. */
function valuesOf(stored: ModelIdentity, wanted: ModelIdentity): Readonly<Record<string, string | number>> {
  const entry = embedders.find(({ name }) => name === stored.provider);
  const { documentPrefix = "" } = stored;
  return {
    ...(stored.provider === wanted.provider ? {} : { embedding_provider: stored.provider }),
    ...(stored.model === wanted.model || entry?.onlyModel !== undefined ? {} : { embedding_model: stored.model }),
    ...(stored.dimensions === wanted.dimensions || entry?.onlyDimensions !== undefined
      ? {}
      : { embedding_dimensions: stored.dimensions }),
    ...(documentPrefix === (wanted.documentPrefix ?? "") || entry?.onlyModel !== undefined
      ? {}
      : { embedding_document_prefix: documentPrefix }),
  };
}

function schema({ schemaVersion, schemaNewest }: CorpusHealth): Finding {
  const about = { area: AREA, what: "schema" } as const;
  if (schemaVersion >= schemaNewest) return { ...about, state: "ok", detail: `version ${schemaVersion}, the newest` };
  const detail = `version ${schemaVersion}; the first run that stores something brings it to ${schemaNewest}`;
  return { ...about, state: "ok", detail };
}

function size({ size: { rows, tableBytes, indexBytes } }: CorpusHealth): Finding {
  const megabytes = (bytes: number) => `${count(Math.ceil(bytes / MEGABYTE))} MB`;
  const detail = `${plural(rows, "chunk")}: tables ${megabytes(tableBytes)}, indexes ${megabytes(indexBytes)}`;
  return { area: AREA, what: "size", state: "ok", detail };
}

function indexes({ whyUnindexed, health, holders }: OpenedDatabase, found: CorpusHealth, look: Look): Finding[] {
  const { brokenIndexes, lackingIndexes, search } = found;
  const about = { area: AREA, what: "vector index" } as const;
  const remedy = look.call.again([]);
  // What is under way is in nobody's hands else.
  if (holders.length > 0 && brokenIndexes.length + lackingIndexes.length > 0)
    return [{ ...about, state: "note", detail: "not there yet; the run that is at work builds it" }];
  if (brokenIndexes.length > 0) {
    const detail = `not valid: ${brokenIndexes.join(", ")}; no search uses ${brokenIndexes.length === 1 ? "it" : "them"}, and a run builds it anew`;
    return [{ ...about, state: "warning", detail, remedy }];
  }
  if (lackingIndexes.length > 0) {
    return [{ ...about, state: "warning", detail: `missing: ${lackingIndexes.join(", ")}; a run builds it`, remedy }];
  }
  if (whyUnindexed !== undefined) return [{ ...about, state: "note", detail: whyUnindexed }];
  if (!search.isAsked) {
    const detail = `not needed: a search looks at each of ${plural(search.rows, "row")}`;
    return [{ ...about, state: "ok", detail }];
  }
  if (search.index !== null) return [{ ...about, state: "ok", detail: `valid, and used by a search: ${search.index}` }];
  const detail = "there, and yet a search reads the whole table";
  return [{ ...about, state: "warning", detail, ...inPsql(analyzeChunks(health?.home ?? "public")) }];
}

function orphans({ orphans: found }: CorpusHealth, { isServer, health }: OpenedDatabase, look: Look): Finding[] {
  const about = { area: AREA, what: "documents" } as const;
  if (found === undefined)
    return [{ ...about, state: "note", detail: "not compared with their chunks: that takes too long" }];
  const mending = (statement: (home: string) => string): Remedy =>
    isServer
      ? {
          ...inPsql(statement(health?.home ?? "public")),
          hint: "the next run stores what is missing then",
        }
      : { remedy: look.call.again(["--clean"]) };
  const findings: Finding[] = [];
  if (found.chunks > 0) {
    const detail = `${plural(found.chunks, "chunk")} of documents that are not on record: no run removes or renews them`;
    findings.push({ ...about, state: "warning", detail, ...mending(removeOrphans) });
  }
  if (found.documents > 0) {
    const detail = `${plural(found.documents, "document")} without all of the chunks on record: a run takes them for unchanged`;
    findings.push({ ...about, state: "warning", detail, ...mending(finishDocuments) });
  }
  if (found.incomplete > 0) {
    const detail = `${plural(found.incomplete, "document")} not finished yet; a run does it`;
    findings.push({ ...about, state: "note", detail, remedy: look.call.again([]) });
  }
  if (findings.length > 0) return findings;
  return [{ ...about, state: "ok", detail: "each has its chunks, each chunk its document" }];
}

/** What the corpus has and the sources file has not, and the other way round. */
function sources({ documents }: OpenedDatabase, { listed }: Given, look: Look): Finding[] {
  if (listed === undefined) return [];
  const about = { area: AREA, what: "sources" } as const;
  const names = new Set(listed.map(({ name }) => name));
  const unlisted = [...documents.keys()].filter((name) => !names.has(name));
  const missing = listed.filter(({ name, enabled }) => enabled && !documents.has(name)).map(({ name }) => name);
  const findings: Finding[] = [];
  if (unlisted.length > 1 && unlisted.length === documents.size) {
    const detail = ofAnotherCorpus(look.flags.config ?? SOURCES_FILE_DEFAULT);
    findings.push({
      ...about,
      state: "warning",
      detail,
      hint: "or have the next run store those that are listed beside them",
    });
  } else if (unlisted.length > 0) {
    const detail = `not in the sources file, and still found: ${unlisted.join(", ")}`;
    findings.push({ ...about, state: "note", detail, remedy: look.call.again(["remove", "--", ...unlisted]) });
  }
  if (missing.length > 0) {
    const detail = `nothing of ${missing.join(", ")} yet`;
    findings.push({ ...about, state: "note", detail, remedy: look.call.again([]) });
  }
  return findings.length > 0 ? findings : [{ ...about, state: "ok", detail: "those of the sources file" }];
}

/** What a rebuild that did not come to its end left. */
function shadow({ health, holders }: OpenedDatabase, look: Look, { settings }: LoadedSettings): Finding[] {
  const { shadow: left } = health ?? {};
  if (left === undefined || holders.some(({ everything }) => everything)) return [];
  const { documents, writtenAt } = left;
  const untilMs = (writtenAt?.getTime() ?? 0) + settings.shadowMsMax;
  const goesOn = untilMs > look.world.clock.date().getTime();
  const next = goesOn
    ? `the next one goes on with them within ${Math.round(settings.shadowMsMax / HOUR_MS)} hours`
    : "the next one begins anew";
  const detail = `a --clean was interrupted: ${plural(documents, "document")}, last written ${writtenAt?.toISOString() ?? "never"}; ${next}`;
  const hint = "go on with it, or drop the tables chunks_rebuild and ingest_documents_rebuild";
  return [
    { area: AREA, what: "interrupted rebuild", state: "note", detail, hint, remedy: look.call.again(["--clean"]) },
  ];
}
