import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
// By path: the package does not export it. In the executable it is a path into its own file system.
import runtime from "../../../node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm" with { type: "file" };
import { MODEL_DIMENSIONS, TOKENS_MAX } from "./model-workers.ts";

/** In the executable it is found beside the program's modules. */
const FOLDER = join(import.meta.dir, "model");

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
      Bun.file(join(FOLDER, "model.onnx")).bytes(),
      Bun.file(join(FOLDER, "tokenizer.json")).json(),
      Bun.file(runtime).arrayBuffer(),
    ]);
    // It would look for its file by URL, and start threads of its own.
    Object.assign(env.wasm, { wasmBinary, numThreads: 1 });
    env.logLevel = "error";
    const session = await InferenceSession.create(bytes, {
      executionProviders: ["wasm"],
      graphOptimizationLevel: "all",
    });
    return new SentenceModel(new Tokenizer(tokenizer, {}), session);
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
