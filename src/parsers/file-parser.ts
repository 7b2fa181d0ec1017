import { statSync } from "node:fs";
import { IngestError, messageOf } from "../flow/errors.ts";
import type { SourceReader } from "./define-parser.ts";
import { Addresses } from "./addresses.ts";
import { followsLinks } from "./follow-links.ts";
import { type ListedFile, listFiles, type RefusedEntry } from "./file-listing.ts";
import type {
  Finds,
  Input,
  Job,
  JobThread,
  LoadedInput,
  Note,
  ParseContext,
  ParsedInput,
  SourceEntry,
  TimeLimit,
  Unlisted,
} from "./parser.ts";
import { OtherFiles } from "./other-files.ts";
import { systemReason } from "../flow/system-reason.ts";
import { conflictLine, linkIn, pointerIn } from "./unfinished-checkout.ts";

const BYTES_PER_MEGABYTE = 1024 * 1024;

/** A file that was read. */
export type SourceFile = AddressedFile & { readonly bytes: Uint8Array };
type AddressedFile = ListedFile & {
  /** One of its format's `addresses`; "" where that has none for it. */
  readonly address: string;
  /** It is the one that the format likes best. */
  readonly isFirstChoice: boolean;
};

/** What a parser of files has of its own; listing, reading, limits and fingerprints are shared. */
export type FileFormat<Others, Common extends object = never> = {
  /** Raised with every change that makes other documents of the same file: all of them are then parsed again. */
  readonly version: number;
  /** With the leading dot, lower case; a source's own `extensions` take their place. */
  readonly extensions: readonly string[];
  /** Endings of files that are not read and need no word, beside those of pictures and the like; "all" where that is any file. */
  readonly silent?: "all" | readonly string[];
  /** What else its files are known by, where nobody has described them. */
  readonly known?: Omit<Finds, "extensions">;
  readonly parallelInputs?: number;
  readonly timeLimit?: TimeLimit;
  /** Which part of a file is text, roughly; default 1. */
  readonly textShare?: number;
  /** Values of its source keys that shape documents. */
  readonly shaping?: Readonly<Record<string, string | undefined>>;
  /** Its files, where they are listed already. */
  readonly listed?: readonly (ListedFile | RefusedEntry | Unlisted)[];
  /**
   * For files whose document is addressed by less than their whole path: addresses by preference, of which each has the first
   * that is left. No other file has the last one.
   */
  addresses?(source: SourceEntry): (file: ListedFile) => readonly string[];
  /**
   * What shapes the documents of a file beside its bytes and its source, e.g. labels of its folders: plain data, which is
   * hashed as JSON. Opened once a run.
   */
  otherInputs?(source: SourceEntry, context: ParseContext): OtherInputs<Others, Common>;
  /**
   * The documents of a file, made of what it is given alone: it has a thread of its own, and perhaps a former state of the disk.
   * Throws an `IngestError` (`skip`) when the file is malformed beyond use.
   */
  parseFile(
    file: SourceFile,
    source: SourceEntry,
    besides: Besides<Others, Common>,
  ): ParsedInput | Promise<ParsedInput>;
};

type OtherInputs<Others, Common> = {
  /** Plain data, as it goes to another thread. */
  (file: SourceFile): Promise<Others>;
  /** Which part of it goes into the fingerprint; all of it where that is not said. */
  readonly hashed?: (others: Others) => unknown;
  /** What it says the same of many files: `common` of their jobs. */
  readonly common?: (others: Others) => Common | undefined;
  /** What of it could not be used, once all files were read. */
  readonly refused?: () => readonly RefusedEntry[];
  /** Real paths of files whose text is in the documents of others. */
  readonly shown?: () => Iterable<string>;
  /** What is to be said of the source once all files were read; "" for nothing. */
  readonly remark?: () => string;
};

/** What a file is parsed with. */
type Besides<Others, Common> = {
  /** Where its format has them. */
  readonly others: Others | undefined;
  readonly common?: Common | undefined;
  readonly thread: JobThread;
};

type FileJob<Others, Common extends object> = Job &
  Pick<Besides<Others, Common>, "common"> & {
    readonly data: Pick<Besides<Others, Common>, "others"> & { readonly file: SourceFile };
  };

/** A parser that makes each file of a source one input. */
export function fileParser<Others = never, Common extends object = never>(
  format: FileFormat<Others, Common>,
): SourceReader {
  const listing = (
    source: SourceEntry,
    { signal }: Pick<ParseContext, "signal">,
    onOther?: (name: string, realPath: string) => void,
  ) =>
    listFiles(source, {
      extensions: source.extensions ?? format.extensions,
      signal,
      followLinks: followsLinks(source),
      ...(onOther === undefined ? {} : { onOther }),
    });

  return {
    finds: { extensions: format.extensions, ...format.known },
    ...(format.parallelInputs === undefined ? {} : { parallelInputs: format.parallelInputs }),

    async count(source, context) {
      let files = 0;
      let bytes = 0;
      for await (const item of listing(source, context)) {
        if (context.isWanted?.(item.path) === false) continue;
        if (item.kind !== "unlisted") files++;
        if (item.kind === "file") bytes += statSync(item.absolute, { throwIfNoEntry: false })?.size ?? 0;
      }
      return { files, bytes, textShare: format.textShare ?? 1 };
    },

    async *inputs(source, context) {
      const otherInputs = format.otherInputs?.(source, context);
      const addressesOf = format.addresses?.(source);
      const addresses = new Addresses(context);
      const named = new Set<string>();
      const others = new OtherFiles(format.silent);
      // Whoever lists endings knows what is left out.
      const onOther =
        source.extensions === undefined ? (...other: [string, string]) => others.add(...other) : undefined;
      for await (const item of format.listed ?? listing(source, context, onOther)) {
        named.add(item.path);
        if (item.kind === "unlisted") {
          addresses.keep(item.path, "folder");
          yield item;
        } else if (item.kind === "refused") {
          if (item.as === "failed") addresses.keep(item.path, "input");
          yield refusedInput(item);
        } else {
          const { path } = item;
          const wanted = addressesOf?.(item) ?? [];
          const address = addresses.choose(wanted, path);
          const file = { ...item, address, isFirstChoice: address === (wanted[0] ?? "") };
          yield { kind: "input", path, load: () => load(format, file, source, context, otherInputs) };
        }
      }
      // Files were read without these: that must not pass for success.
      for (const refused of otherInputs?.refused?.() ?? []) {
        if (!named.has(refused.path)) yield { ...refusedInput(refused), ofNoPart: true };
        named.add(refused.path);
      }
      const remarks = [
        { reason: otherInputs?.remark?.() ?? "" },
        { reason: others.remark(otherInputs?.shown?.() ?? []), needsAllInputs: otherInputs?.shown !== undefined },
      ];
      for (const remark of remarks) if (remark.reason !== "") yield { kind: "remark", path: "", ...remark };
    },

    async parse({ data: { file, others }, common }: FileJob<Others, Common>, source, thread) {
      const { path, bytes } = file;
      const line = conflictLine(bytes);
      try {
        const parsed = await format.parseFile(file, source, { others, common, thread });
        if (line === undefined || parsed.documents.length === 0) return parsed;
        return { ...parsed, notes: [...parsed.notes, conflict(path, line)] };
      } catch (error) {
        if (line === undefined || !(error instanceof IngestError) || error.decision !== "skip") throw error;
        throw unreadable(`${conflictMarkers(line)}: ${messageOf(error)}`, error);
      }
    },
  };
}

async function load<Others, Common extends object>(
  format: FileFormat<Others, Common>,
  listed: AddressedFile,
  source: SourceEntry,
  context: ParseContext,
  otherInputs: OtherInputs<Others, Common> | undefined,
): Promise<LoadedInput> {
  context.signal.throwIfAborted();
  const file: SourceFile = { ...listed, bytes: await readWhole(listed, context.fileSizeBytesMax) };
  const { path, absolute, bytes } = file;
  const pointer = pointerIn(bytes);
  // Not passed over: what the file itself said stays stored.
  if (pointer !== undefined) throw unreadable(pointer);
  const target = await linkIn(bytes, absolute);
  if (target !== undefined) return notIngested(path, `a link to ${target} that was checked out as a text file`);
  const others = await otherInputs?.(file);
  const hashed = others === undefined || otherInputs?.hashed === undefined ? others : otherInputs.hashed(others);
  const fingerprint = fingerprintOf(format, file, source, hashed);
  const common = others === undefined ? undefined : otherInputs?.common?.(others);
  const { buffer } = bytes;
  const moves = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length ? [buffer] : [];
  const { timeLimit } = format;
  return { fingerprint, bytes: bytes.length, job: () => ({ data: { file, others }, common, moves, timeLimit }) };
}

function conflict(path: string, line: number): Note {
  return { kind: "warning", path, reason: `${conflictMarkers(line)}: both sides are ingested; resolve it` };
}

function conflictMarkers(line: number): string {
  return `conflict markers of an unfinished merge (line ${line})`;
}

async function readWhole({ absolute }: ListedFile, sizeBytesMax: number): Promise<Uint8Array> {
  let size: number;
  let bytes: Uint8Array;
  try {
    // Asked first: a file that is too large must not be in memory before it is refused.
    size = statSync(absolute).size;
    if (size > sizeBytesMax) throw tooLarge(size, sizeBytesMax);
    bytes = await Bun.file(absolute).bytes();
  } catch (error) {
    if (error instanceof IngestError) throw error;
    throw unreadable(`cannot be read: ${systemReason(error)}`, error);
  }
  if (bytes.length > sizeBytesMax) throw tooLarge(bytes.length, sizeBytesMax);
  return bytes;
}

function tooLarge(sizeBytes: number, sizeBytesMax: number): IngestError {
  const megabytes = (bytes: number) => (bytes / BYTES_PER_MEGABYTE).toFixed(1);
  return unreadable(`too large: ${megabytes(sizeBytes)} MB, and file_size_max allows ${megabytes(sizeBytesMax)} MB`);
}

function unreadable(reason: string, cause?: unknown): IngestError {
  return new IngestError(reason, { decision: "skip", code: "unreadable", cause });
}

/** Everything that shapes the documents of a file. Not where the data lies: a corpus may move. */
function fingerprintOf(
  { version, shaping }: Pick<FileFormat<never>, "version" | "shaping">,
  { path, root, address, isFirstChoice, bytes }: SourceFile,
  source: SourceEntry,
  besides: unknown,
): string {
  const { parser: name, name: sourceName, paths, generationTag, extensions } = source;
  // However their accents are written in the sources file.
  const from = paths.map((configured) => configured.normalize("NFC"));
  const place = { name, version, path, root, source: sourceName, paths: from, ...(isFirstChoice ? {} : { address }) };
  // Under its first name: with another one, every file of every corpus would be parsed again.
  const all = { ...place, generationTag, ...shaping, extensions, besides: besides ?? [] };
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(all)).update("\0").update(bytes).digest("hex");
}

/** A refused entry has no documents, but it has a reason that somebody must hear. */
function refusedInput({ path, as, reason }: RefusedEntry): Input {
  return {
    kind: "input",
    path,
    async load() {
      if (as === "failed") throw unreadable(reason);
      return notIngested(path, reason);
    },
  };
}

function notIngested(path: string, reason: string): LoadedInput {
  return { fingerprint: "", parse: async () => ({ documents: [], notes: [{ kind: "skipped", path, reason }] }) };
}
