import { z } from "zod";
import { about, type AboutSetting } from "../options/option.ts";
import type { ParserEntry } from "../parsers/define-parser.ts";

const NAME_CHARACTERS_MAX = 100;
const TAG_CHARACTERS_MAX = 50;
const PATH_CHARACTERS_MAX = 4_096;

const NAME = `a text of 1 to ${NAME_CHARACTERS_MAX} characters without control characters`;
export const PATHS = 'a list of files, directories or globs, e.g. ["docs", "manuals/*.pdf"]';
const TAG = `one word of letters, digits, "_", "-" and "." (at most ${TAG_CHARACTERS_MAX})`;
const EXTENSIONS = 'a list of file name extensions, e.g. [".bbj", ".src"]';

/** What every `[[sources]]` entry may hold, in `sources.toml`'s words and units. Each error completes "x must be ...". */
export const sourceSchema = z.object({
  name: oneLine(NAME_CHARACTERS_MAX, NAME).register(about, { help: "unique; owns its documents" }),
  parser: z.string({ error: "a text" }).register(about, { help: "one of the table below" }),
  paths: z
    .array(oneLine(PATH_CHARACTERS_MAX, PATHS), { error: PATHS })
    .optional()
    .register(about, { help: "files, directories or globs under `data_dir`" }),
  generation_tag: z
    .string({ error: TAG })
    .max(TAG_CHARACTERS_MAX, { error: TAG })
    .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u, { error: TAG })
    .default("bbj")
    .register(about, { help: "what its documents are labelled with unless their text says otherwise; any word" }),
  enabled: z
    .boolean({ error: "true or false" })
    .default(true)
    .register(about, { help: "a disabled source runs only when named with `--source`; its rows stay" }),
  extensions: z
    .array(z.string({ error: EXTENSIONS }).regex(/^\.?[\w-]+(\.[\w-]+)*$/, { error: EXTENSIONS }), {
      error: EXTENSIONS,
    })
    .min(1, { error: EXTENSIONS })
    .optional()
    .register(about, { help: "which files of a directory are read, if not those its parser is for" }),
});

/** All keys that some entry may have, those of its parser as `own` has them. */
export function keysOfSources(parsers: readonly ParserEntry[], own?: ParserEntry): z.ZodRawShape {
  const shapes = [...parsers, ...(own === undefined ? [] : [own])].map(({ sourceKeys }) => sourceKeys);
  return Object.fromEntries([sourceSchema.shape, ...shapes].flatMap((shape) => Object.entries(shape)));
}

/** The key's help text, and whether it is a secret. */
export function aboutKey(schema: z.core.$ZodType | undefined): AboutSetting {
  return (schema && about.get(schema)) ?? { help: "" };
}

/** The entry's name, or undefined when it has none that is allowed. */
export function sourceName(entry: Readonly<Record<string, unknown>>): string | undefined {
  return sourceSchema.shape.name.safeParse(entry.name).data;
}

function oneLine(charactersMax: number, error: string) {
  return z
    .string({ error })
    .max(charactersMax, { error })
    .regex(/\S/, { error })
    .regex(/^[^\p{Cc}]*$/u, { error });
}
