import { z } from "zod";

/** Of generations what chat clients may ask for, and what the corpus calls it. */
export const GENERATION_NAMES = {
  all: "all",
  character: "character",
  vpro5: "vpro5",
  "bbj-gui": "bbj_gui",
  dwc: "dwc",
};

const RESULTS_MAX = 50;
const RESULTS_FOR_CHAT = 5;
const RESULTS_FOR_PROGRAMS = 10;
const QUERY_CHARACTERS_MAX = 8_000;
const WORD_CHARACTERS_MAX = 2_000;
const NEIGHBOURS_MAX = 50;
const NEIGHBOURS_DEFAULT = 2;
const CODE_CHARACTERS_MAX = 500_000;

const query = text(QUERY_CHARACTERS_MAX);
const word = text(WORD_CHARACTERS_MAX);
const generations = z.enum(["all", "character", "vpro5", "bbj-gui", "dwc"], {
  error: "must be all, character, vpro5, bbj-gui or dwc",
});

/** What `search_bbj_knowledge` takes. */
export const searchInput = z.strictObject({
  query: query.describe(
    "A question in a whole sentence, or exact names of classes, methods and statements; one matter at a time",
  ),
  generation: generations
    .optional()
    .describe(
      "Only passages that are marked with this generation of BBj; all: with every one. Leave it out unless a question is about one alone: most passages have no such mark, or another",
    ),
  limit: fromTo(1, RESULTS_MAX).default(RESULTS_FOR_CHAT).describe("How many results"),
  source: word.optional().describe("Only this source, as list_bbj_sources names it"),
  doc_type: word.optional().describe("Only this document type, as list_bbj_sources names it"),
});

/** What `POST /search` takes. `generation`: any that the corpus has. */
export const searchRequest = z.strictObject({
  query,
  generation: word.optional(),
  limit: fromTo(1, RESULTS_MAX).default(RESULTS_FOR_PROGRAMS),
  source: word.optional(),
  doc_type: word.optional(),
});

const resultShape = z.object({
  content: z.string(),
  title: z.string(),
  source_url: z.string(),
  doc_type: z.string(),
  generations: z.array(z.string()),
  context_header: z.string(),
  deprecated: z.boolean(),
  display_url: z.string().describe("Where people read it; empty where nobody does"),
  source_type: z.string(),
  score: z.number(),
});

/** What a search found. */
export const searchAnswer = z.object({
  query: z.string(),
  results: z.array(resultShape),
  count: z.int(),
  source_type_counts: z.record(z.string(), z.int()),
});

/** The same for chat clients, which may ask for what stands around a result. */
export const searchOutput = searchAnswer.extend({
  results: z.array(resultShape.extend({ content_hash: z.string().describe("Names the passage for get_bbj_document") })),
});

/** What `get_bbj_document` takes. */
export const documentInput = z.strictObject({
  source_url: word.describe("What a result calls Source, or source_url; its display_url will do"),
  around: word
    .optional()
    .describe("Only what stands around this passage: some of its words as they stand there, or its content_hash"),
  before: fromTo(0, NEIGHBOURS_MAX).default(NEIGHBOURS_DEFAULT).describe("With around: so many passages before"),
  after: fromTo(0, NEIGHBOURS_MAX).default(NEIGHBOURS_DEFAULT).describe("With around: so many passages after"),
  cursor: word.optional().describe("The next_cursor of the page before"),
});

/** A document, or a part of one. */
export const documentOutput = z.object({
  source: z.string(),
  source_url: z.string(),
  display_url: z.string(),
  title: z.string(),
  doc_type: z.string(),
  source_type: z.string(),
  generations: z.array(z.string()),
  deprecated: z.boolean(),
  passages: z.array(
    z.object({ index: z.int(), content_hash: z.string(), context_header: z.string(), content: z.string() }),
  ),
  passages_total: z.int(),
  next_cursor: z.string().nullable().describe("Asks for what follows; null at the end of the document"),
});

const shares = z.array(z.object({ name: z.string(), chunks: z.int() }));

/** What the corpus consists of. */
export const statsOutput = z.object({
  chunks: z.int(),
  documents: z.int(),
  model: z.object({ provider: z.string(), model: z.string(), dimensions: z.int() }),
  sources: z.array(z.object({ name: z.string(), documents: z.int(), chunks: z.int() })),
  source_types: shares,
  doc_types: shares,
  generations: shares,
});

/** What `validate_bbj_syntax` takes. */
export const codeInput = z.strictObject({
  code: text(CODE_CHARACTERS_MAX).describe("The text of a whole BBj program"),
});

/** What BBj's compiler says of a program. */
export const codeOutput = z.object({ valid: z.boolean(), errors: z.array(z.string()) });

export type SearchAnswer = z.infer<typeof searchOutput>;
export type SearchAsked = z.infer<typeof searchRequest>;
export type DocumentAsked = z.infer<typeof documentInput>;
export type DocumentPart = z.infer<typeof documentOutput>;
export type Stats = z.infer<typeof statsOutput>;
export type CheckedCode = z.infer<typeof codeOutput>;

function text(most: number) {
  const some = z
    .string({ error: ({ input }) => (input === undefined ? "is missing" : "must be a text") })
    .max(most, { error: `must have at most ${most} characters` })
    .regex(/\S/, { error: "must not be empty" });
  // Answers quote it, and strict readers take no JSON with half of a character.
  return some.overwrite((given) => given.toWellFormed());
}

function fromTo(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}
