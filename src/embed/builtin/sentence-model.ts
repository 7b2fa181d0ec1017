import { Tokenizer } from "@huggingface/tokenizers";
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import { packedFile } from "../../flow/packed-file.ts";
import { MODEL_DIMENSIONS, TOKENS_MAX } from "./model-workers.ts";

const RUNTIME = "node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm";
const FOLDER = "src/embed/builtin/model";

/** The model, loaded into this thread. */
export class SentenceModel {
  readonly #tokenizer: Tokenizer;
  readonly #session: InferenceSession;

  constructor(tokenizer: Tokenizer, session: InferenceSession) {
    this.#tokenizer = tokenizer;
    this.#session = session;
  }

  static async load(): Promise<SentenceModel> {
    const [bytes, tokenizer, wasmBinary] = await Promise.all([
      packedFile(`${FOLDER}/model.onnx`),
      packedFile(`${FOLDER}/tokenizer.json`),
      packedFile(RUNTIME),
    ]);
    // It would look for its file by URL, and start threads of its own.
    Object.assign(env.wasm, { wasmBinary, numThreads: 1 });
    env.logLevel = "error";
    const session = await InferenceSession.create(bytes, {
      executionProviders: ["wasm"],
      graphOptimizationLevel: "all",
    });
    return new SentenceModel(new Tokenizer(JSON.parse(new TextDecoder().decode(tokenizer)), {}), session);
  }

  /** Tokens of a text, with those that begin and end it. */
  tokens(text: string): number {
    return this.#tokenizer.encode(text).ids.length;
  }

  /**
   * The mean of the vectors of a text's tokens, of length 1. One text at a time, without padding: the model quantises what
   * it computes by the largest number of a batch, so that another text beside it, or padding, gives another vector.
   */
  async embed(text: string): Promise<Float32Array> {
    const { ids } = this.#tokenizer.encode(text);
    if (ids.length > TOKENS_MAX) throw new RangeError(`${ids.length} tokens`);
    const input = (values: (id: number) => bigint) =>
      new Tensor("int64", BigInt64Array.from(ids, values), [1, ids.length]);
    const { last_hidden_state: states } = await this.#session.run({
      input_ids: input((id) => BigInt(id)),
      attention_mask: input(() => 1n),
      token_type_ids: input(() => 0n),
    });
    const numbers = states?.data;
    if (!(numbers instanceof Float32Array)) throw new TypeError("the model gives no numbers");
    const sums = new Float64Array(MODEL_DIMENSIONS);
    numbers.forEach((value, index) => (sums[index % MODEL_DIMENSIONS] = (sums[index % MODEL_DIMENSIONS] ?? 0) + value));
    const length = Math.sqrt(sums.reduce((squares, value) => squares + value * value, 0));
    return new Float32Array(sums.map((value) => value / length));
  }
}
