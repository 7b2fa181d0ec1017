import type { LoadedSettings } from "../../config/settings.ts";
import type { CorpusEmbedder, EmbedderServer, ModelMark, ServerFacts } from "../../embed/embedder.ts";
import { documentText } from "../../embed/prefixes.ts";
import { createEmbedder, knowsWordsOnly } from "../../embed/registry.ts";
import { IngestError } from "../../flow/errors.ts";
import { sameMark } from "../../store/model-identity.ts";
import { count, perSecond } from "../../text/words.ts";
import { type Finding, inTime, type Look, problemOf, type Remedy } from "./finding.ts";
import { settingRemedy } from "./settings.ts";
import { bestInFlight, measureRates, type Rate } from "./throughput.ts";

const AREA = "embedder";
/** A server that is there answers within a second; one that loads its model takes its time, and says so by its other answers. */
const ANSWER_MS_MAX = 8_000;
/** All that is measured of a server. */
const MEASURING_MS_MAX = 15_000;
const PROBE_TEXT = "bbj-ingest-all doctor";
/** Of English: what `chunk_size` counts has about so many characters. */
const CHARACTERS_A_TOKEN = 4;
/** Chunks are rarely as long as they may be. */
const USUAL_SHARE = 0.6;
const DIGEST_SHOWN_CHARACTERS = 12;
const PREFIX_SHOWN_CHARACTERS = 24;

type EmbedderGiven = {
  readonly loaded: LoadedSettings;
  /** The text of the longest chunk of the corpus, if there is one. */
  readonly longest?: string | undefined;
  /** What told the model of the corpus from others of its name. */
  readonly mark?: ModelMark | undefined;
  /** Whether it works, and nothing that takes seconds: for those who are about to ask something. */
  readonly quick?: boolean;
};

/** Whether each server of the embedder answers with vectors that fit, how fast, and how many workers that is worth. */
export async function checkEmbedder(look: Look, given: EmbedderGiven): Promise<Finding[]> {
  const { settings } = given.loaded;
  const embedder = createEmbedder(settings.embedder, look.world.clock);
  const findings: Finding[] = [aboutModel(embedder)];
  if (knowsWordsOnly(embedder.provider) || (given.quick && embedder.servers === undefined)) return findings;
  const servers: readonly EmbedderServer[] = embedder.servers ?? [
    { restMs: 0, place: embedder.place, embedBatch: (texts, signal) => embedder.embedBatch(texts, signal) },
  ];
  const checked = await Promise.all(servers.map((server) => checkServer(server, embedder, look, given)));
  findings.push(...checked.flatMap((server) => server.findings));
  if (checked.every(({ works }) => works)) findings.push(...(await sameModel(embedder, look, given)));
  const rates = checked.map((server) => server.rates);
  // Of one level there is nothing to compare.
  if (rates.every((known) => known.length > 1)) findings.push(workers(rates, look, given.loaded));
  return findings;
}

function aboutModel({ provider, model, dimensions, documentPrefix, queryPrefix }: CorpusEmbedder): Finding {
  const prefixes = [
    ...(documentPrefix === "" ? [] : [`before documents ${shownPrefix(documentPrefix)}`]),
    ...(queryPrefix === "" ? [] : [`before questions ${shownPrefix(queryPrefix)}`]),
  ];
  const prefix = prefixes.length === 0 ? "no prefix" : prefixes.join(", ");
  return {
    area: AREA,
    what: "model",
    state: "ok",
    detail: `${provider} ${model}, ${dimensions} dimensions, ${prefix}`,
  };
}

/** `--verbose` shows it whole. */
function shownPrefix(prefix: string): string {
  const isLong = prefix.length > PREFIX_SHOWN_CHARACTERS;
  return JSON.stringify(isLong ? `${prefix.slice(0, PREFIX_SHOWN_CHARACTERS)}...` : prefix);
}

type CheckedServer = {
  readonly findings: readonly Finding[];
  readonly works: boolean;
  readonly rates: readonly Rate[];
};

async function checkServer(
  server: EmbedderServer,
  embedder: CorpusEmbedder,
  look: Look,
  given: EmbedderGiven,
): Promise<CheckedServer> {
  const { place = embedder.place } = server;
  const about = { area: AREA, what: place } as const;
  // Of one server among several it is said which.
  const at = (embedder.servers?.length ?? 1) > 1 ? `${place}: ` : "";
  const asked = inTime(look, ANSWER_MS_MAX, async (signal) => server.facts?.(signal).catch(() => undefined));
  try {
    const vectors = await inTime(look, ANSWER_MS_MAX, (signal) => server.embedBatch([PROBE_TEXT], signal));
    const facts = await asked;
    if (vectors === undefined) return { findings: [silent(facts, place)], works: false, rates: [] };
    const fine: Finding = { ...about, state: "ok", detail: ["answers", ...factsOf(facts)].join(", ") };
    const context = contextOf(facts, place, look, given);
    if (given.quick === true) return { findings: [fine, ...context], works: true, rates: [] };
    const chunk = await longestChunk(server, embedder, look, given);
    const rates = await inTime(look, MEASURING_MS_MAX, (signal) => {
      const { chunk_size: tokens } = given.loaded.settings;
      const characters = Math.round(tokens * CHARACTERS_A_TOKEN * USUAL_SHARE);
      return measureRates({
        embed: (texts, until) => server.embedBatch(texts, until),
        characters,
        clock: look.world.clock,
        signal,
      });
    });
    const measured = [chunk, speed(rates)].map((finding) => ({ ...finding, detail: `${at}${finding.detail}` }));
    return { findings: [fine, ...context, ...measured], works: true, rates: rates ?? [] };
  } catch (error) {
    return { findings: [failed(error, place, look, given)], works: false, rates: [] };
  }
}

function factsOf(facts: ServerFacts | undefined): string[] {
  const { version, digest, contextTokens } = facts ?? {};
  return [
    ...(version === undefined ? [] : [`version ${version}`]),
    ...(digest === undefined ? [] : [`digest ${digest.slice(0, DIGEST_SHOWN_CHARACTERS)}`]),
    ...(contextTokens === undefined ? [] : [`takes ${count(contextTokens)} tokens`]),
  ];
}

/** A server that says something else, and no vector, is at work on something: it is no fault yet. */
function silent(facts: ServerFacts | undefined, place: string): Finding {
  const about = { area: AREA, what: place } as const;
  const seconds = ANSWER_MS_MAX / 1_000;
  if (factsOf(facts).length > 0) {
    const detail = `answers, but has no vector within ${seconds} s: it loads the model, or has too much to do`;
    return { ...about, state: "warning", detail, hint: "ask again in a minute" };
  }
  const detail = `does not answer within ${seconds} s`;
  const hint = "is it the right address, and does the server work? restart it, or name another one";
  return { ...about, state: "problem", detail, hint };
}

const LENGTH = /gives vectors of (\d+) numbers/;
const OLLAMA = /\b(ollama (?:serve|pull [^;]+))/;
const OLLAMA_PLACE = /^http:\/\/(?:localhost|127\.0\.0\.1):11434$/;

function failed(error: unknown, place: string, look: Look, { loaded }: EmbedderGiven): Finding {
  const thrown = problemOf(AREA, place, error, look);
  // Its name stands before it.
  const found = { ...thrown, detail: thrown.detail.replace(new RegExp(`^${RegExp.escape(place)} `), "") };
  const { hint = "" } = found;
  const [, length] = LENGTH.exec(found.detail) ?? [];
  if (length !== undefined) {
    return {
      ...found,
      hint: `${hint}:`,
      ...settingRemedy({ embedding_dimensions: Number(length) }, loaded.origins, look),
    };
  }
  return { ...found, ...ofOllama(hint, [place]) };
}

/** The commands of Ollama's own program that a hint names, for each of its servers: it goes by the same variable as we do. */
function ofOllama(hint: string, places: readonly string[]): Remedy {
  const [, command] = OLLAMA.exec(hint) ?? [];
  if (command === undefined) return { hint };
  const commands = places.map((place) => (OLLAMA_PLACE.test(place) ? command : `OLLAMA_HOST=${place} ${command}`));
  const isAll = /^run(?: on both)?: /.test(hint);
  return { remedy: commands.join("\n"), hint: isAll ? "" : hint.replace("start it with: ollama serve; ", "") };
}

/** Whether the longest chunk there is, or may be, is taken whole. */
async function longestChunk(
  server: EmbedderServer,
  { documentPrefix }: CorpusEmbedder,
  look: Look,
  { longest, loaded }: EmbedderGiven,
): Promise<Finding> {
  const about = { area: AREA, what: "longest chunk" } as const;
  const { chunk_size: tokens } = loaded.settings;
  const text = longest ?? "word ".repeat(tokens);
  const which =
    longest === undefined ? `one of ${count(tokens)} tokens` : `that of the corpus, ${count(text.length)} characters`;
  try {
    const content = documentText(documentPrefix, { title: "", content: text });
    const vectors = await inTime(look, ANSWER_MS_MAX, (signal) => server.embedBatch([content], signal));
    if (vectors === undefined)
      return { ...about, state: "note", detail: `${which}: no vector within ${ANSWER_MS_MAX / 1_000} s` };
    return { ...about, state: "ok", detail: `${which}, is taken whole` };
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
    if (error.code !== "too_long") {
      const found = problemOf(AREA, "longest chunk", error, look);
      return error.decision === "fatal" ? found : { ...found, state: "warning" };
    }
    const detail = `${which}, is longer than the model takes: a run cuts such a chunk in two`;
    return { ...about, state: "note", detail };
  }
}

/** Chunks that are longer than the model takes are cut in two, which costs a request each. */
function contextOf(facts: ServerFacts | undefined, place: string, look: Look, { loaded }: EmbedderGiven): Finding[] {
  const { contextTokens } = facts ?? {};
  const { chunk_size: tokens } = loaded.settings;
  if (contextTokens === undefined || contextTokens >= tokens) return [];
  const detail = `chunks may have ${count(tokens)} tokens, and the model at ${place} takes ${count(contextTokens)}: those beyond are cut in two`;
  const remedy = settingRemedy({ chunk_size: contextTokens }, loaded.origins, look);
  return [{ area: AREA, what: "chunk_size", state: "warning", detail, ...remedy }];
}

function speed(rates: readonly Rate[] | undefined): Finding {
  const about = { area: AREA, what: "speed" } as const;
  if (rates === undefined || rates.length === 0)
    return { ...about, state: "note", detail: "too slow, or too busy, to be measured in a moment" };
  const each = rates.map(({ inFlight, textsPerS }) => `${perSecond(textsPerS, 1_000)} at ${inFlight}`);
  return { ...about, state: "ok", detail: `texts/s: ${each.join(", ")} in flight` };
}

/** What the measured speeds say of `ingest_workers`. */
function workers(rates: readonly (readonly Rate[])[], look: Look, { settings, origins }: LoadedSettings): Finding {
  const about = { area: AREA, what: "workers" } as const;
  const advised = rates.reduce((sum, known) => sum + bestInFlight(known), 0);
  const { ingest_workers: given, ingest_max_workers: most } = settings;
  const set = Math.min(given, most);
  if (set >= advised) {
    const would = set === advised ? "is right" : `would be no slower with ${advised}`;
    return { ...about, state: "ok", detail: `${set} at a time ${would}` };
  }
  const remedy = settingRemedy(
    { ingest_workers: advised, ...(advised > most ? { ingest_max_workers: advised } : {}) },
    origins,
    look,
  );
  return { ...about, state: "note", detail: `${set} at a time; ${advised} would be faster`, ...remedy };
}

/** Whether all servers run one model, and that of the corpus. */
async function sameModel(embedder: CorpusEmbedder, look: Look, { mark: stored }: EmbedderGiven): Promise<Finding[]> {
  const about = { area: AREA, what: "same model" } as const;
  try {
    const mark = await inTime(look, ANSWER_MS_MAX, async (signal) => {
      await embedder.probe(signal);
      return embedder.mark?.(signal);
    });
    if (stored === undefined || mark === undefined) return [];
    if (sameMark(stored, mark))
      return [{ ...about, state: "ok", detail: "gives the vectors that the corpus was made with" }];
    const detail =
      "the model behind the name has changed since the corpus was made: its vectors do not fit the old ones";
    const remedy: Remedy = { remedy: look.call.again(["--clean"]) };
    return [{ ...about, state: "warning", detail, ...remedy }];
  } catch (error) {
    const found = problemOf(AREA, "same model", error, look);
    return [{ ...found, ...ofOllama(found.hint ?? "", embedder.place.split(", ")) }];
  }
}
