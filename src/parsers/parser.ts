import type { WebAccess } from "./web/web-access.ts";

/** One `[[sources]]` entry of `sources.toml`, checked. */
export type SourceEntry = {
  readonly name: string;
  readonly parser: string;
  /** As configured, relative to `dataDir`; files, directories or globs. Empty for parsers that need none. */
  readonly paths: readonly string[];
  /** Absolute. */
  readonly dataDir: string;
  /** `generation_tag`, default `bbj`. */
  readonly generationTag: string;
  readonly enabled: boolean;
  /** With the leading dot, lower case. */
  readonly extensions?: readonly string[];
  /** The keys that only its parser knows, as they stand in the file. */
  readonly keys: Readonly<Record<string, unknown>>;
};

/** What a parser yields: one page, one PDF section, one source file. Identified by (source name, `sourceUrl`). */
export type Document = {
  readonly sourceUrl: string;
  readonly title: string;
  readonly docType: string;
  /** Markdown; "" for a page whose only text is what it says of itself. */
  readonly content: string;
  /** What the page says of itself beside its text, for its first chunk. */
  readonly about?: string;
  /** At least one label. */
  readonly generations: readonly string[];
  /** `section path > title`; the chunker appends the heading path inside the page. */
  readonly contextHeader: string;
  readonly deprecated: boolean;
  /** The link readers are shown, or "". */
  readonly displayUrl: string;
  readonly metadata: Readonly<Record<string, string>>;
};

/** Something a run has to say about one file. `skipped`: not ingested, and rightly so. `warning`: ingested, with a remark. `failed`: could not be ingested. */
export type Note = {
  readonly kind: "skipped" | "warning" | "failed";
  readonly path: string;
  readonly reason: string;
};

/** What became of one input. All documents of an input arrive together, so that their number is known before any is stored. */
export type ParsedInput = {
  readonly documents: readonly Document[];
  readonly notes: readonly Note[];
};

/** One file (or page) of a source, found but not read yet. */
export type Input = {
  readonly kind: "input";
  /** Names the input in messages and in the store; unique within its source and the same in every run. */
  readonly path: string;
  /** Met while others were read: of no part of the source, and named by every run that meets it. */
  readonly ofNoPart?: true;
  /** Reads the input. Throws an `IngestError` (`skip`) that says why when it cannot be read. */
  load(): Promise<LoadedInput>;
};

/** What a source has, for estimates. */
export type SourceSize = {
  readonly files: number;
  readonly bytes: number;
  /** Which part of the bytes is text, roughly. */
  readonly textShare: number;
};

/** An input that was read, but not parsed yet. */
export type LoadedInput = {
  /** What it has of the `bytes` of its source. */
  readonly bytes?: number;
  /** Hash of all that shapes its documents, apart from the settings of the chunker: bytes, parser version, source settings. */
  readonly fingerprint: string;
} & (
  | {
      /** What is left to do, where that takes a thread of its own. Asked once. */ job(): Job;
    }
  | {
      /** Where nothing is left to do. */ parse(): Promise<ParsedInput>;
    }
);

/** What is left to do of an input, as plain data that any thread can be given. Only the parser that made it knows what it is. */
export type Job = {
  readonly data: object;
  /** What jobs have in common, one object for all of them: a thread gets it once. */
  readonly common?: object | undefined;
  /** Parts of the data that move to the thread, and are gone here. */
  readonly moves?: readonly ArrayBuffer[];
  /** How long it may take, where that is not for those to say who run the threads. */
  readonly timeLimit?: TimeLimit | undefined;
};

/** The thread that does a job. */
export type JobThread = {
  /** Something of the job may go on when it is done: no other job is to wait for that. */
  spend(): void;
};

/** A directory or index page that could not be listed. Documents may be missing, so the source's sweep is blocked. */
export type Unlisted = {
  readonly kind: "unlisted";
  readonly path: string;
  readonly reason: string;
};

/** What there is to say of a source, and of none of its inputs: what of it is not read, and rightly so. */
export type Remark = {
  readonly kind: "remark";
  readonly path: "";
  readonly reason: string;
  /** Of the inputs of one part it says too much: that a file is left out, which one of another part shows. */
  readonly needsAllInputs?: boolean;
};

export type ParseContext = {
  readonly fileSizeBytesMax: number;
  readonly signal: AbortSignal;
  /** The input that a document of the source came from in the last run that stored it; undefined for one that is new. */
  readonly storedInput?: (sourceUrl: string) => string | undefined;
  /** For the parsers of web sites, which cannot do without. */
  readonly web?: WebAccess;
  /** For parsers that list inputs by reading others: what their own `look` makes of a job in another thread, and throws. */
  readonly look?: <Seen extends object>(job: Job, bytes: number) => Promise<Seen>;
};

/** How long a job may take, and which setting says so. */
export type TimeLimit = { readonly ms: number; readonly setting: string };

/** What a parser's files look like. */
export type Finds = {
  /** Endings of those that it reads when a source does not say: with the leading dot, lower case. */
  readonly extensions: readonly string[];
  /** Whether a file with one of these is of its kind, by its first bytes; absent where the ending says so. */
  readonly recognises?: (path: string, head: Uint8Array) => boolean;
  /** It is a document by itself wherever it lies, in projects of other kinds too. */
  readonly standsAlone?: true;
  readonly project?: ProjectMark;
};

/** How a folder is known that is made for one source as a whole. */
export type ProjectMark = {
  /** The name of a file in it, without regard to case. */
  readonly file: RegExp;
  /** What it is called. */
  readonly noun: string;
  /** The folder in it that has what is read; "." for all of it, outside of which there is nothing to read. */
  readonly folder: string;
  /** A folder in it with what was made of the rest, in lower case. */
  readonly output?: string;
};

/** `isWanted`: only these of the inputs are counted. */
type CountContext = Pick<ParseContext, "signal"> & { readonly isWanted?: (path: string) => boolean };

/** What reads the sources of one kind, made by its entry in `registry.ts`. */
export interface Parser {
  readonly name: string;
  /** The values it was made with, for another thread to make it of. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The `source_type` readers see. */
  sourceType(source: SourceEntry): string;
  /** How many inputs may be under way at the same time, where that is not for those to say who run the threads. */
  readonly parallelInputs?: number;
  /** Its inputs are found by reading others, so that a source cannot be split into parts. */
  readonly crawls?: true;
  /** How its files are known in a folder that nobody has described; absent where it reads none. */
  readonly finds?: Finds;
  /** How much the source has, where that is cheap to know before it is read. */
  count?(source: SourceEntry, context: CountContext): Promise<SourceSize>;
  /** The inputs of a source in a stable order, and what could not be listed. What the generator holds it gives back in `finally`. */
  inputs(source: SourceEntry, context: ParseContext): AsyncGenerator<Input | Unlisted | Remark>;
  /**
   * Does one of its jobs, in whatever thread; absent where it has none. Throws an `IngestError` (`skip`) when the input is
   * malformed beyond use. A method, so that each parser may know its own jobs: it is given no others.
   */
  parse?(job: Job, source: SourceEntry, thread: JobThread): Promise<ParsedInput>;
  /**
   * What a crawl has to know of an input before it goes on, as plain data; throws as `parse` does. Whether that input is to be
   * parsed is not known by then, so it is a job of its own.
   */
  look?(job: Job, source: SourceEntry): Promise<object>;
}
