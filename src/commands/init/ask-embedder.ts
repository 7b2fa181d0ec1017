import type { Flags } from "../../config/flags.ts";
import { aboutSetting, valueText } from "../../config/setting-table.ts";
import { embedders } from "../../embed/registry.ts";
import { IngestError } from "../../flow/errors.ts";
import { printable } from "../../text/printable.ts";
import { answer, type Prompts } from "../prompts.ts";
import { waitingFor } from "../waiting.ts";
import type { World } from "../world.ts";
import type { Choices } from "./choices.ts";
import { problemText } from "./texts.ts";
import { type TriedEmbedder, tryEmbedder } from "./try-embedder.ts";

/** Asks which embedder it is to be, until one works. */
export async function askEmbedder(
  tried: TriedEmbedder,
  { clack, flags, world }: { readonly clack: Prompts; readonly flags: Flags; readonly world: World },
): Promise<TriedEmbedder> {
  let current = tried;
  for (;;) {
    const { settings } = current.loaded;
    const provider = answer(
      await clack.select({
        message: "Which embedder?",
        // Servers whose address no flag sets are set in config.toml.
        options: embedders
          .filter(
            ({ name, onlyModel, settings: own }) =>
              onlyModel !== undefined || hostKey(own) || name === settings.embedding_provider,
          )
          .map(({ name, summary }) => ({ value: name, label: `${name}: ${summary}` })),
        initialValue: settings.embedding_provider,
      }),
    );
    const choices = await detailsOf(provider, current, clack);
    try {
      current = await waitingFor(() => `asking ${provider} for a vector`, tryEmbedder(choices, flags, world), world);
    } catch (error) {
      if (!(error instanceof IngestError)) throw error;
      clack.log.error(printable(error.message));
      continue;
    }
    if (current.problem === undefined) return current;
    clack.log.error(problemText(current.problem, world.stdout.columns));
  }
}

/** Where a server is, and its model; what has a model of its own needs nothing. */
async function detailsOf(provider: string, { choices, loaded }: TriedEmbedder, clack: Prompts): Promise<Choices> {
  const entry = embedders.find(({ name }) => name === provider);
  const { ollama_host: _, embedding_model: __, embedding_dimensions: ___, ...others } = choices;
  if (entry?.onlyModel !== undefined) return { ...others, embedding_provider: provider };
  const { settings } = loaded;
  const key = hostKey(entry?.settings ?? {});
  const host = valueText(settings.embedder.embedderValues[key ?? ""]);
  const asked =
    key === undefined
      ? undefined
      : answer(await clack.text({ message: "At which host?", placeholder: host, defaultValue: host }));
  const { embedding_model: model } = settings;
  const wasServer = embedders.find(({ name }) => name === settings.embedding_provider)?.onlyModel === undefined;
  const usual = wasServer ? model : "qwen3-embedding:0.6b";
  const named = answer(await clack.text({ message: "Which model?", placeholder: usual, defaultValue: usual }));
  const same = wasServer && named === model;
  return {
    ...{ ...others, embedding_provider: provider, embedding_model: named },
    ...(asked === undefined ? {} : { ollama_host: asked }),
    ...(same ? { embedding_dimensions: choices.embedding_dimensions } : {}),
  };
}

/** The setting that says where its servers are, by a flag. */
function hostKey(settings: object): string | undefined {
  return Object.keys(settings).find((key) => aboutSetting(key).flag !== undefined);
}
