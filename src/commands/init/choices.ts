import type { Flags } from "../../config/flags.ts";
import { loadSettings } from "../../config/settings.ts";
import { embedders } from "../../embed/registry.ts";
import type { World } from "../world.ts";
import type { Values } from "./file-texts.ts";

/** What was chosen of the settings that flags can say, too; a setting that is left out stays as it is. */
export type Choices = {
  readonly database_url?: string | undefined;
  readonly embedding_provider?: string | undefined;
  readonly embedding_model?: string | undefined;
  readonly embedding_dimensions?: number | undefined;
  readonly ollama_host?: string | undefined;
  readonly openai_base_url?: string | undefined;
  readonly ingest_workers?: number | undefined;
  readonly state_dir?: string | undefined;
};

/** What flags have chosen already. */
export function choicesOf({
  databaseUrl,
  embedder,
  model,
  dimensions,
  workers,
  stateDir,
  settings = {},
}: Flags): Choices {
  return {
    ...{
      database_url: databaseUrl,
      embedding_provider: embedder,
      embedding_model: model,
      embedding_dimensions: dimensions,
    },
    ...{
      ollama_host: settings.ollama_host,
      openai_base_url: settings.openai_base_url,
      ingest_workers: workers,
      state_dir: stateDir,
    },
  };
}

/** The flags that say what was chosen, beside those that say nothing of it. An embedder with one model has no choice of it. */
export function withChoices(flags: Flags, choices: Choices): Flags {
  const {
    databaseUrl: _,
    embedder: __,
    model: ___,
    dimensions: ____,
    workers: _____,
    stateDir: ______,
    ...rest
  } = flags;
  const { settings: { ollama_host: _______, openai_base_url: ________, ...settings } = {}, ...others } = rest;
  const { database_url, embedding_provider, embedding_model, embedding_dimensions } = choices;
  const { ollama_host, openai_base_url, ingest_workers, state_dir } = choices;
  const { onlyModel, onlyDimensions } = embedders.find(({ name }) => name === embedding_provider) ?? {};
  const set = {
    ...settings,
    ...(ollama_host === undefined ? {} : { ollama_host }),
    ...(openai_base_url === undefined ? {} : { openai_base_url }),
  };
  return {
    ...others,
    ...(Object.keys(set).length === 0 ? {} : { settings: set }),
    ...(database_url === undefined ? {} : { databaseUrl: database_url }),
    ...(embedding_provider === undefined ? {} : { embedder: embedding_provider }),
    ...(embedding_model === undefined || onlyModel !== undefined ? {} : { model: embedding_model }),
    ...(embedding_dimensions === undefined || onlyDimensions !== undefined ? {} : { dimensions: embedding_dimensions }),
    ...(ingest_workers === undefined ? {} : { workers: ingest_workers }),
    ...(state_dir === undefined ? {} : { stateDir: state_dir }),
  };
}

/** What of the choices is to be written, under the settings' keys. */
export function valuesOf(choices: Choices): Values {
  const { onlyModel, onlyDimensions } = embedders.find(({ name }) => name === choices.embedding_provider) ?? {};
  return Object.fromEntries(
    Object.entries(choices).flatMap(([key, value]) => {
      const isFixed =
        (key === "embedding_model" && onlyModel !== undefined) ||
        (key === "embedding_dimensions" && onlyDimensions !== undefined);
      return value === undefined || isFixed ? [] : [[key, value]];
    }),
  );
}

/** The choices that files and variables do not say, or say otherwise: a call has to name them. */
export function unsaid(choices: Choices, { env, cwd }: Pick<World, "env" | "cwd">): Choices {
  const { settings } = loadSettings({ env, cwd });
  const said = new Map(Object.entries({ ...settings, ...settings.embedder.embedderValues }));
  return Object.fromEntries(
    Object.entries(choices).filter(([key, value]) => value !== undefined && said.get(key) !== value),
  );
}
