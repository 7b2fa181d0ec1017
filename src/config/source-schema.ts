import { z } from "zod";

/** Keys of a `[[sources]]` entry that hold a password: their values are never printed. */
export const SECRET_KEYS: readonly string[] = ["pdf_password"];

/** `generation_tag` of an entry that has none. */
const GENERATION_DEFAULT = "bbj";

const NAME_CHARACTERS_MAX = 100;
const TAG_CHARACTERS_MAX = 50;
const PATH_CHARACTERS_MAX = 4_096;
const HOUR_SECONDS = 3_600;
const PAGES_MAX = 1_000_000;

const name = text(NAME_CHARACTERS_MAX, `a text of 1 to ${NAME_CHARACTERS_MAX} characters without control characters`);
const PATHS = 'a list of files, directories or globs, e.g. ["docs", "manuals/*.pdf"]';
const TAG = `one word of letters, digits, "_", "-" and "." (at most ${TAG_CHARACTERS_MAX})`;
const EXTENSIONS = 'a list of file name extensions, e.g. [".bbj", ".src"]';
const SECONDS = `a number of seconds from 0 to ${HOUR_SECONDS}`;
const PAGES = `an integer from 1 to ${PAGES_MAX}`;

/** What a `[[sources]]` entry may hold, in `sources.toml`'s words and units. Each error completes "x must be ...". */
export const sourceSchema = z.object({
  name,
  parser: z.string({ error: "a text" }),
  paths: z.array(text(PATH_CHARACTERS_MAX, PATHS), { error: PATHS }).min(1, { error: PATHS }).optional(),
  generation_tag: z
    .string({ error: TAG })
    .max(TAG_CHARACTERS_MAX, { error: TAG })
    .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u, { error: TAG })
    .default(GENERATION_DEFAULT),
  enabled: z.boolean({ error: "true or false" }).default(true),
  display_base: z.url({ protocol: /^https?$/, error: "a URL that starts with http:// or https://" }).optional(),
  extensions: z
    .array(z.string({ error: EXTENSIONS }).regex(/^\.?[\w-]+(\.[\w-]+)*$/, { error: EXTENSIONS }), {
      error: EXTENSIONS,
    })
    .min(1, { error: EXTENSIONS })
    .optional(),
  pdf_password: z.string({ error: "a text" }).optional(),
  rate_limit: z.number({ error: SECONDS }).min(0, { error: SECONDS }).max(HOUR_SECONDS, { error: SECONDS }).optional(),
  page_limit: z.int({ error: PAGES }).min(1, { error: PAGES }).max(PAGES_MAX, { error: PAGES }).optional(),
});

/** A checked entry, in `sources.toml`'s words and units. */
export type SourceValues = z.infer<typeof sourceSchema>;

/** The keys an entry may have. */
export const SOURCE_KEYS: readonly string[] = Object.keys(sourceSchema.shape);

/** The entry's name, or undefined when it has none that is allowed. */
export function sourceName(entry: Readonly<Record<string, unknown>>): string | undefined {
  return name.safeParse(entry.name).data;
}

function text(charactersMax: number, error: string) {
  return z
    .string({ error })
    .max(charactersMax, { error })
    .regex(/\S/, { error })
    .regex(/^[^\p{Cc}]*$/u, { error });
}
