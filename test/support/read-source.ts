import { IngestError } from "../../src/flow/errors.ts";
import type { ParserEntry, SourceReader } from "../../src/parsers/define-parser.ts";
import type { Document, Note, ParseContext, Parser, SourceEntry, Unlisted } from "../../src/parsers/parser.ts";
import { lookHere, parseInput } from "./parse-input.ts";

/** All that a parser makes of a source. */
export type WholeSource = {
  readonly documents: readonly Document[];
  readonly notes: readonly Note[];
  readonly unlisted: readonly Unlisted[];
  /** In the order of the inputs. */
  readonly fingerprints: ReadonlyMap<string, string>;
  /** The input of each document, by its `sourceUrl`. */
  readonly inputs: ReadonlyMap<string, string>;
  /** Inputs that made no document and were not named. */
  readonly silent: readonly string[];
};

/** A source of the folder `dataDir`, as the config stage would hand it over. */
export function sourceOf(entry: Partial<SourceEntry> & Pick<SourceEntry, "parser" | "dataDir">): SourceEntry {
  return { name: "docs", paths: ["."], generationTag: "bbj", enabled: true, keys: {}, ...entry };
}

/** What a run gives its parsers, and the settings it loads them with. */
export type TestContext = ParseContext & { readonly settings?: Readonly<Record<string, unknown>> };

export function parseContext(context: Partial<TestContext> = {}): TestContext {
  return {
    fileSizeBytesMax: 50_000_000,
    signal: new AbortController().signal,
    ...context,
  };
}

/** Reads a source to its end, if need be with a parser that is loaded first; an input that fails is a note, as in a run. */
export async function readAll(
  entry: ParserEntry | SourceReader,
  source: SourceEntry,
  context = parseContext(),
): Promise<WholeSource> {
  const parser = "load" in entry ? await entry.load(context.settings ?? {}, source.keys) : entry;
  const documents: Document[] = [];
  const notes: Note[] = [];
  const unlisted: Unlisted[] = [];
  const fingerprints = new Map<string, string>();
  const inputs = new Map<string, string>();
  const silent: string[] = [];
  const whole = isNamed(parser) ? { ...context, ...lookHere(parser, source, context) } : context;
  for await (const input of parser.inputs(source, whole)) {
    if (input.kind === "unlisted") {
      unlisted.push(input);
      continue;
    }
    if (input.kind === "remark") {
      notes.push({ ...input, kind: "skipped" });
      continue;
    }
    try {
      const loaded = await input.load();
      fingerprints.set(input.path, loaded.fingerprint);
      const parsed = await parseInput(parser, source, loaded);
      documents.push(...parsed.documents);
      for (const { sourceUrl } of parsed.documents) inputs.set(sourceUrl, input.path);
      notes.push(...parsed.notes);
      if (parsed.documents.length + parsed.notes.length === 0) silent.push(input.path);
    } catch (error) {
      if (!(error instanceof IngestError) || error.decision !== "skip") throw error;
      notes.push({ kind: "failed", path: input.path, reason: error.message });
    }
  }
  return { documents, notes, unlisted, fingerprints, inputs, silent };
}

/** One of the registry. */
function isNamed(parser: Parser | SourceReader): parser is Parser {
  return "name" in parser;
}
