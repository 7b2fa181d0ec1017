import { valueText } from "../../config/setting-table.ts";
import { embedders } from "../../embed/registry.ts";
import { IngestError } from "../../flow/errors.ts";
import { printable } from "../../text/printable.ts";
import { answer, type Prompts } from "../prompts.ts";
import { waitingFor } from "../waiting.ts";
import type { Choices } from "./choices.ts";
import type { Asked } from "./run-flags.ts";
import { problemText } from "./texts.ts";
import { type TriedEmbedder, tryEmbedder } from "./try-embedder.ts";
import type { OwnFiles } from "./write-files.ts";

/** Asks which embedder it is to be, until one works. */
export async function askEmbedder(
  tried: TriedEmbedder,
  {
    clack,
    asked: { flags, files, world },
  }: { readonly clack: Prompts; readonly asked: Pick<Asked, "flags" | "files" | "world"> },
): Promise<TriedEmbedder> {
  let current = tried;
  for (;;) {
    const { settings } = current.loaded;
    const provider = answer(
      await clack.select({
        message: "Which embedder?",
        options: embedders
          .filter(
            ({ name, onlyModel, settings: own }) =>
              onlyModel !== undefined || hostKey(own, files) !== undefined || name === settings.embedding_provider,
          )
          .map(({ name, summary }) => ({ value: name, label: `${name}: ${summary}` })),
        initialValue: settings.embedding_provider,
      }),
    );
    const choices = await detailsOf(provider, current, { clack, files });
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
async function detailsOf(
  provider: string,
  { choices, loaded }: TriedEmbedder,
  { clack, files }: { readonly clack: Prompts; readonly files: OwnFiles },
): Promise<Choices> {
  const entry = embedders.find(({ name }) => name === provider);
  const { ollama_host: _, openai_base_url: _url, embedding_model: __, embedding_dimensions: ___, ...others } = choices;
  if (entry?.onlyModel !== undefined) return { ...others, embedding_provider: provider };
  const { settings } = loaded;
  const key = hostKey(entry?.settings ?? {}, files);
  const host = valueText(settings.embedder.embedderValues[key ?? ""]);
  const message = key === "ollama_host" ? "At which host?" : "At which base URL?";
  const place =
    key === undefined ? {} : { [key]: answer(await clack.text({ message, placeholder: host, defaultValue: host })) };
  const { embedding_model: model } = settings;
  const wasServer = embedders.find(({ name }) => name === settings.embedding_provider)?.onlyModel === undefined;
  const usual = wasServer ? model : "qwen3-embedding:0.6b";
  const named = answer(await clack.text({ message: "Which model?", placeholder: usual, defaultValue: usual }));
  const same = wasServer && named === model;
  return {
    ...{ ...others, ...place, embedding_provider: provider, embedding_model: named },
    ...(same ? { embedding_dimensions: choices.embedding_dimensions } : {}),
  };
}

/** The setting that says where its servers are, if the run can be told: by a flag, or by the file that is written. */
function hostKey(settings: object, { config }: OwnFiles): "ollama_host" | "openai_base_url" | undefined {
  if ("ollama_host" in settings) return "ollama_host";
  return "openai_base_url" in settings && !config.isThere ? "openai_base_url" : undefined;
}
