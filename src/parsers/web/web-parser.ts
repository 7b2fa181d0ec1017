import type { Root } from "hast";
import { IngestError } from "../../flow/errors.ts";
import type { SourceReader } from "../define-parser.ts";
import { aboutPage } from "../about-page.ts";
import { parseHtml } from "../html/parse-html.ts";
import type { Document, Input, Note, ParseContext, ParsedInput, SourceEntry, Unlisted } from "../parser.ts";
import { timeLimitOf } from "../pdf/pdf-job.ts";
import { decodePage } from "./decode-page.ts";
import { type ContentRules, type MainContent, mainContent } from "./main-content.ts";
import { PageCache } from "./page-cache.ts";
import { type Page, PageFetcher } from "./page-fetcher.ts";
import { canonicalOf, linksOf } from "./page-links.ts";
import { SiteWords } from "./site-words.ts";
import type { LeftOutReason } from "./left-out.ts";
import type { ListPlace } from "./page-list.ts";
import { pageUrl } from "./page-url.ts";
import { parsePdfPage, type PdfPageJob, type PdfPages, shapingOf } from "./pdf-pages.ts";
import { Crawl } from "./crawl.ts";
import type { PageOutcome, ReadPage } from "./crawl-scope.ts";

/** A page of a site that was read. */
type WebPage = MainContent & { readonly url: string; readonly tree: Root };

/** What a parser of web sites has of its own; fetching, crawling, limits and fingerprints are shared. */
export type WebFormat = {
  /** Raised with every change that makes other documents of the same pages. */
  readonly version: number;
  readonly follows: boolean;
  /** Whether an address, on whatever host, is one of a page. */
  isWanted(url: URL, start: URL): boolean;
  /** Why another address is named; undefined for what is no page. Without it, pages on other hosts are. */
  whyLeftOut?(url: URL, start: URL): LeftOutReason | undefined;
  /** Files that may list its pages; `start` is the start page. */
  lists(start: URL): readonly ListPlace[];
  /** Such files that a page names. */
  listsOf?(tree: Root, url: string, start: URL): readonly ListPlace[];
  /** False where a query names no page of its own: static files. */
  readonly pagesHaveQueries?: boolean;
  readonly rules: ContentRules;
  /** Undefined for a page without text of its own. */
  document(page: WebPage, source: SourceEntry, start: URL): Document | undefined;
};

/** Which site is read, and how. */
export type WebSite = {
  /** Address of the start page. */
  readonly start: string;
  /** Between two requests to the host. */
  readonly rateLimitMs: number;
  /** Beyond so many the crawl ends, and that is no failure. */
  readonly pageLimit: number | undefined;
  /** Linked PDFs are read too, below this section. */
  readonly pdfs?: PdfPages;
};

/** Where the source has no `page_limit`: several times what the largest of these sites has. */
const PAGES_MAX = 20_000;
/** Turning a page into text keeps this thread busy, some four seconds for a megabyte of small elements. */
const PAGE_BYTES_MAX = 5 * 1_048_576;
/** Bytes of all pages together, unpacked. */
const SITE_BYTES_MAX = 8 * 1_024 * 1_048_576;
const HTML_TYPES: ReadonlySet<string> = new Set(["text/html", "application/xhtml+xml", ""]);
const PDF_TYPES: ReadonlySet<string> = new Set(["application/pdf", "application/x-pdf", "application/octet-stream"]);

/** A parser that makes each page of a web site one input. */
export function webParser(format: WebFormat, site: WebSite): SourceReader {
  const { pdfs } = site;
  return {
    ...(pdfs === undefined ? {} : { timeLimit: timeLimitOf(pdfs) }),
    // The host sets the pace.
    parallelInputs: 1,
    crawls: true,

    async *inputs(source, context) {
      const { web, signal } = context;
      if (web === undefined) throw new TypeError(`parser "${source.parser}" needs the web`);
      signal.throwIfAborted();
      // Written as links are: what is printed and stored has no password in it.
      const start = pageUrl(site.start, site.start) ?? new URL(site.start);
      using cache = await PageCache.open({ path: web.cachePath, writable: web.cacheWritable, source: source.name });
      const fetcher = new PageFetcher({
        web,
        source,
        start: start.href,
        rateLimitMs: site.rateLimitMs,
        bytesMax: (type, url) => bytesMax(type, url, pdfs !== undefined, context),
        cache,
        signal,
      });
      const words = new SiteWords();
      const crawl = new Crawl<PageReading>(
        {
          start: start.href,
          follows: format.follows,
          isWanted: (url) => format.isWanted(url, start),
          whyLeftOut: (url) => {
            if (format.whyLeftOut !== undefined) return format.whyLeftOut(url, start);
            return url.host !== start.host && format.isWanted(url, start) ? "other-host" : undefined;
          },
          lists: format.lists(start),
          read: (page) => readPage(page, { format, source, start, words, readsPdfs: pdfs !== undefined }),
        },
        fetcher,
        {
          pagesMax: site.pageLimit ?? PAGES_MAX,
          pagesAreChosen: site.pageLimit !== undefined,
          bytesMax: SITE_BYTES_MAX,
        },
      );
      const shaping = [source.parser, format.version, pdfs && shapingOf(pdfs, source)];
      for await (const outcome of crawl.pages()) yield toInput(outcome, pdfs !== undefined, shaping, signal);
      if (crawl.whole) cache.prune();
      if (cache.problem !== "") {
        const reason = `${cache.problem}: pages that did not change had to be fetched whole`;
        yield inputOf(web.cachePath, signal, {
          documents: [],
          notes: [{ kind: "warning", path: web.cachePath, reason }],
        });
      }
    },

    async parse(job: PdfPageJob, source, thread) {
      if (pdfs === undefined) throw new TypeError(`${source.parser} has no PDFs`);
      return parsePdfPage(job, pdfs, source, thread);
    },
  };
}

type PageReading = ReadPage & { readonly document: Document | undefined; readonly isPdf: boolean };

function readPage(
  page: Page,
  {
    format,
    source,
    start,
    words,
    readsPdfs,
  }: {
    readonly format: WebFormat;
    readonly source: SourceEntry;
    readonly start: URL;
    readonly words: SiteWords;
    readonly readsPdfs: boolean;
  },
): PageReading {
  const isPdf = startsAsPdf(page.bytes);
  if (isPdf && readsPdfs) {
    const identity = new Bun.CryptoHasher("sha256").update(page.bytes).digest("hex");
    return { links: [], lists: [], canonical: undefined, identity, twin: identity, document: undefined, isPdf };
  }
  if (page.bytes.length === 0) throw notAPage("the server sent an empty page");
  const head = new TextDecoder().decode(page.bytes.subarray(0, 1_000)).trimStart();
  if (isPdf || isPdfByName(page.url)) {
    throw notAPage(isPdf ? "a PDF, which is not a page" : `a PDF by its name, but the server sent ${page.contentType}`);
  }
  if (!HTML_TYPES.has(page.contentType.split(";")[0]?.trim().toLowerCase() ?? "")) {
    throw notAPage(`neither a page nor a PDF, though the server says ${page.contentType}`);
  }
  if (page.contentType === "" && !head.startsWith("<")) throw notAPage("neither a page nor anything the server names");
  try {
    const tree = parseHtml(decodePage(page.bytes, page.contentType));
    const main = mainContent(tree, format.rules, page.url);
    const ownWords = words.of(tree, page.url);
    const made = main.content === "" ? undefined : format.document({ ...main, url: page.url, tree }, source, start);
    const about = made === undefined ? "" : aboutPage(ownWords, made);
    const document = made === undefined || about === "" ? made : { ...made, about };
    const identity = hashOf([main.title, main.content]);
    const twin = document === undefined ? undefined : hashOf([identity, document.contextHeader]);
    const links = linksOf(tree, page.url);
    if (format.pagesHaveQueries === false) for (const link of links) if (link.host === start.host) link.search = "";
    const lists = format.listsOf?.(tree, page.url, start) ?? [];
    return { links, lists, canonical: canonicalOf(tree, page.url), identity, twin, document, isPdf };
  } catch (error) {
    if (error instanceof RangeError) throw notAPage("its elements are nested too deeply");
    throw error;
  }
}

function toInput(
  outcome: PageOutcome<PageReading> | Unlisted,
  readsPdfs: boolean,
  /** What shapes the documents of PDFs beside their bytes. */
  shaping: readonly unknown[],
  signal: AbortSignal,
): Input | Unlisted {
  if (outcome.kind === "unlisted") return outcome;
  const { path } = outcome;
  if (outcome.kind !== "page") {
    const { reason } = outcome;
    if (outcome.kind === "none")
      return inputOf(path, signal, { documents: [], notes: [{ kind: "skipped", path, reason }] });
    const load = async () => {
      signal.throwIfAborted();
      throw notAPage(reason);
    };
    return { kind: "input", path, load };
  }
  const { page, read } = outcome;
  if (read.isPdf && readsPdfs) {
    const fingerprint = hashOf([...shaping, page.url, read.identity]);
    const load = async () => {
      signal.throwIfAborted();
      return { fingerprint, job: (): PdfPageJob => ({ data: { url: page.url, bytes: page.bytes } }) };
    };
    return { kind: "input", path, load };
  }
  const notes: Note[] =
    read.document === undefined ? [{ kind: "skipped", path, reason: "no text where its content should be" }] : [];
  return inputOf(path, signal, { documents: read.document === undefined ? [] : [read.document], notes });
}

/**
 * An input whose documents are made already. They are its fingerprint themselves: sites change what is around a text with
 * every answer, and that is no reason to store it again.
 */
function inputOf(path: string, signal: AbortSignal, parsed: ParsedInput): Input {
  const load = async () => {
    signal.throwIfAborted();
    return { fingerprint: hashOf([path, parsed]), parse: () => Promise.resolve(parsed) };
  };
  return { kind: "input", path, load };
}

function hashOf(value: unknown): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(value)).digest("hex");
}

/** What a body may weigh; 0 for what is no page. */
function bytesMax(type: string, url: string, readsPdfs: boolean, { fileSizeBytesMax }: ParseContext): number {
  const mayBePdf = readsPdfs && (PDF_TYPES.has(type) || isPdfByName(url));
  if (mayBePdf) return fileSizeBytesMax;
  return HTML_TYPES.has(type) ? Math.min(PAGE_BYTES_MAX, fileSizeBytesMax) : 0;
}

function isPdfByName(url: string): boolean {
  return /\.pdf$/i.test(new URL(url).pathname);
}

/** Readers look for the mark within the first 1,024 bytes. */
function startsAsPdf(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 1_024)).includes("%PDF-");
}

function notAPage(message: string): IngestError {
  return new IngestError(message, { decision: "skip", code: "unreadable" });
}
