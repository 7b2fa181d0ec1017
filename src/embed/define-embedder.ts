import { z } from "zod";
import type { Clock } from "../flow/clock.ts";
import type { Embedder } from "./embedder.ts";

/** What an embedder is made from. `values` are those of its own settings. */
type EmbedderOptions<Values> = {
  readonly model: string;
  readonly dimensions: number;
  /** The value of the entry's `keyVariable`. */
  readonly key: string | undefined;
  readonly values: Values;
  readonly clock: Clock;
};

/** All that the rest of the program knows of an embedder: flags, settings, help and docs are made from it. */
export type EmbedderEntry = {
  /** Value of `embedding_provider`. */
  readonly name: string;
  /** Completes "`name`: ..." in help and docs. */
  readonly summary: string;
  /** The one model it has, whatever `embedding_model` says. */
  readonly onlyModel?: string;
  /** Its vectors know no more than the words of a text. */
  readonly wordsOnly?: boolean;
  /** The length of that model's vectors, where it has no other. */
  readonly onlyDimensions?: number;
  /** Texts of a batch that are as fast as any more. */
  readonly batchTextsMax?: number;
  /** Environment variable that holds the key of its server. */
  readonly keyVariable?: string;
  /** Its settings under their keys in `config.toml`. */
  readonly settings: z.ZodRawShape;
  /** All names of one model, where it has several; the first is the one that is stored and sent. */
  modelNames?(model: string): readonly string[];
  /** What is odd about checked values, each beginning with the setting's key. */
  warnings(values: Readonly<Record<string, unknown>>): readonly string[];
  /** Picks its own out of the values of all settings. Nothing is sent before the first `probe` or `embedBatch`. */
  create(options: EmbedderOptions<Readonly<Record<string, unknown>>>): Embedder;
};

type Declaration<Shape extends z.ZodRawShape> = Omit<EmbedderEntry, "settings" | "warnings" | "create"> & {
  readonly settings: Shape;
  warnings?(values: z.infer<z.ZodObject<Shape>>): readonly string[];
  create(options: EmbedderOptions<z.infer<z.ZodObject<Shape>>>): Embedder;
};

/** An entry of the registry whose `create` sees its settings' values with their types. */
export function defineEmbedder<Shape extends z.ZodRawShape>(declared: Declaration<Shape>): EmbedderEntry {
  const schema = z.object(declared.settings);
  return {
    ...declared,
    warnings: (values) => declared.warnings?.(schema.parse(values)) ?? [],
    create: (options) => declared.create({ ...options, values: schema.parse(options.values) }),
  };
}
