import { z } from "zod";
import type { Parser, SourceEntry } from "./parser.ts";

type Values = Readonly<Record<string, unknown>>;

/** All that the rest of the program knows of a parser: settings, source keys, help and docs are made from it. */
export type ParserEntry = {
  /** `parser` of a `[[sources]]` entry. */
  readonly name: string;
  /** What it reads. */
  readonly summary: string;
  /** What it makes a document of. */
  readonly document: string;
  /** Whether a source must say where its files are. */
  readonly needsPaths: boolean;
  /** Where they are when it does not. */
  readonly installed: InstalledFiles | undefined;
  /** Its settings under their keys in `config.toml`; parsers may share one. */
  readonly settings: z.ZodRawShape;
  /** Keys of its sources beside those of all sources. */
  readonly sourceKeys: z.ZodRawShape;
  /** Picks its own out of the values of all settings, and out of the keys of a source. Reads nothing yet. */
  load(settings: Values, keys: Values): Promise<Parser>;
};

/** Files that another program brings along. */
export type InstalledFiles = {
  readonly product: string;
  /** Names the folder of the program. */
  readonly variable: string;
  /** That folder where the variable is not set. */
  readonly home: string;
  /** Of the files, in that folder. */
  readonly folder: string;
};

type Declaration<Settings extends z.ZodRawShape, Keys extends z.ZodRawShape> = Pick<
  ParserEntry,
  "name" | "summary" | "document"
> & {
  readonly needsPaths?: false;
  readonly installed?: InstalledFiles;
  /** The `source_type` readers see; a function where it depends on the source. */
  readonly sourceType: string | ((source: SourceEntry) => string);
  readonly settings?: Settings;
  readonly sourceKeys?: Keys;
  /** Imports what it needs when it is called: `--help` knows the entry too. */
  load(settings: z.infer<z.ZodObject<Settings>>, keys: z.infer<z.ZodObject<Keys>>): Promise<SourceReader>;
};

/** A parser without what its entry says of it. */
export type SourceReader = Omit<Parser, "name" | "sourceType" | "settings">;

/** An entry of the registry whose `load` sees its settings and source keys with their types. */
export function defineParser<Settings extends z.ZodRawShape = {}, Keys extends z.ZodRawShape = {}>(
  declared: Declaration<Settings, Keys>,
): ParserEntry {
  const { name, summary, document, needsPaths = true, installed, sourceType, settings, sourceKeys } = declared;
  return {
    ...{ name, summary, document, needsPaths, installed },
    settings: settings ?? {},
    sourceKeys: sourceKeys ?? {},
    load: async (given, keys) => ({
      ...{ name, settings: given },
      sourceType: typeof sourceType === "string" ? () => sourceType : sourceType,
      ...(await declared.load(z.object(settings).parse(given), z.object(sourceKeys).parse(keys))),
    }),
  };
}
