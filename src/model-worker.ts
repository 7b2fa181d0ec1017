import type { ModelReply, ModelRequest } from "./embed/builtin/model-workers.ts";
import type { SentenceModel } from "./embed/builtin/sentence-model.ts";

declare const self: Worker;

let model: Promise<SentenceModel> | undefined;

// Set before anything is awaited: messages posted meanwhile would be lost.
self.onmessage = async ({ data }: MessageEvent<ModelRequest>) => {
  const reply = await answer(data);
  self.postMessage(reply);
};

async function answer(request: ModelRequest): Promise<ModelReply> {
  try {
    const loaded = await (model ??= load());
    return request.kind === "measure"
      ? { kind: "measured", tokens: request.texts.map((text) => loaded.tokens(text)) }
      : { kind: "embedded", vector: await loaded.embed(request.text) };
  } catch (error) {
    return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}

async function load(): Promise<SentenceModel> {
  const { SentenceModel } = await import("./embed/builtin/sentence-model.ts");
  return SentenceModel.load();
}
