import { IngestError } from "../../flow/errors.ts";
import type { SourceReader } from "../define-parser.ts";
import type { Document, Input, Job, LoadedInput, Note, ParseContext, SourceEntry } from "../parser.ts";
import { bodyBytesMax, requireHtml, startsAsPdf } from "./body-kind.ts";
import { Crawl } from "./crawl.ts";
import type { PageOutcome, ReadPage } from "./crawl-scope.ts";
import { PageCache } from "./page-cache.ts";
import { type Page, PageFetcher } from "./page-fetcher.ts";
import { pageUrl } from "./page-url.ts";
import { parsePdfPage, type PdfPageJob, type PdfPages, pdfPageJob, shapingOf } from "./pdf-pages.ts";
import { hashOf, type PageJob, readPage, type SeenPage } from "./read-page.ts";
import type { SiteWords } from "./site-words.ts";
import type { WebFormat } from "./web-format.ts";

/** Which site is read, and how. */
type WebSite = {
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
/** Bytes of all pages together, unpacked. */
const SITE_BYTES_MAX = 8 * 1_024 * 1_048_576;

/** A page of which only the cutting is left to do. */
type DocumentJob = Job & { readonly data: { readonly document: Document } };

/** What the crawl is told of a page. */
type PageReading = ReadPage & {
  /** The page as the input that is called so. */
  input(path: string): LoadedInput;
};

/** A parser that makes each page of a web site one input. */
export function webParser(format: WebFormat, site: WebSite): SourceReader {
  const { pdfs } = site;
  // Written as links are: what is printed and stored has no password in it.
  const start = pageUrl(site.start, site.start) ?? new URL(site.start);
  return {
    // The host sets the pace.
    parallelInputs: 1,
    crawls: true,

    async *inputs(source, context) {
      const { web, look, signal } = context;
      if (web === undefined || look === undefined) throw new TypeError(`parser "${source.parser}" needs the web`);
      signal.throwIfAborted();
      using cache = await PageCache.open({ path: web.cachePath, writable: web.cacheWritable, source: source.name });
      const fetcher = new PageFetcher({
        web,
        source,
        start: start.href,
        rateLimitMs: site.rateLimitMs,
        bytesMax: (type, url) => bodyBytesMax(type, url, pdfs !== undefined, context.fileSizeBytesMax),
        cache,
        signal,
      });
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
          read: pageReader(format, look, (page) => pdfs && readPdf(page, pdfs, source, format)),
        },
        fetcher,
        {
          pagesMax: site.pageLimit ?? PAGES_MAX,
          pagesAreChosen: site.pageLimit !== undefined,
          bytesMax: SITE_BYTES_MAX,
        },
      );
      for await (const outcome of crawl.pages()) {
        if (outcome.kind === "unlisted") yield outcome;
        else yield inputOf(outcome.path, signal, () => loaded(outcome));
      }
      if (crawl.whole) cache.prune();
      if (cache.problem !== "") {
        const reason = `${cache.problem}: pages that did not change had to be fetched whole`;
        yield inputOf(web.cachePath, signal, () => noted({ kind: "warning", path: web.cachePath, reason }));
      }
    },

    async look(job: PageJob, source) {
      return readPage(job, format, source, start);
    },

    async parse({ data }: PdfPageJob | DocumentJob, source, thread) {
      if ("document" in data) return { documents: [data.document], notes: [] };
      if (pdfs === undefined) throw new TypeError(`${source.parser} has no PDFs`);
      return parsePdfPage(data, pdfs, source, thread);
    },
  };
}

/** Reads pages as the crawl needs it, the first one first: what that says of itself is of the site. */
function pageReader(
  format: WebFormat,
  look: NonNullable<ParseContext["look"]>,
  asPdf: (page: Page) => PageReading | undefined,
): (page: Page) => Promise<PageReading> {
  let site: SiteWords | undefined;
  return async (page) => {
    const { url, contentType, bytes } = page;
    const pdf = startsAsPdf(bytes) ? asPdf(page) : undefined;
    if (pdf !== undefined) return pdf;
    requireHtml(page);
    const job: PageJob = { data: { url, contentType, bytes }, common: site };
    const { links, lists, canonical, identity, document, said } = await look<SeenPage>(job, bytes.length);
    site ??= { url, said };
    return {
      links: links.map((link) => new URL(link)),
      lists: lists.flatMap((list) => format.named?.place(list) ?? []),
      ...{ canonical, identity },
      twin: document === undefined ? undefined : hashOf([identity, document.contextHeader]),
      input: (path) => htmlInput(path, document),
    };
  };
}

function readPdf(page: Page, pdfs: PdfPages, source: SourceEntry, { version }: WebFormat): PageReading {
  const identity = new Bun.CryptoHasher("sha256").update(page.bytes).digest("hex");
  const shaping = [source.parser, version, shapingOf(pdfs, source), page.url, identity];
  return {
    ...{ links: [], lists: [], canonical: undefined, identity, twin: identity },
    input: () => ({ fingerprint: hashOf(shaping), job: () => pdfPageJob(page, pdfs) }),
  };
}

function inputOf(path: string, signal: AbortSignal, load: () => LoadedInput): Input {
  return {
    kind: "input",
    path,
    async load() {
      signal.throwIfAborted();
      return load();
    },
  };
}

function loaded(outcome: PageOutcome<PageReading>): LoadedInput {
  const { path } = outcome;
  if (outcome.kind === "page") return outcome.read.input(path);
  if (outcome.kind === "none") return noted({ kind: "skipped", path, reason: outcome.reason });
  throw new IngestError(outcome.reason, { decision: "skip", code: "unreadable" });
}

/**
 * Its document is its fingerprint itself: sites change what is around a text with every answer, and that is no reason to store
 * it again.
 */
function htmlInput(path: string, document: Document | undefined): LoadedInput {
  if (document === undefined) return noted({ kind: "skipped", path, reason: "no text where its content should be" });
  const job = (): DocumentJob => ({ data: { document } });
  return { fingerprint: hashOf([path, { documents: [document], notes: [] }]), job };
}

/** Without documents. */
function noted(note: Note): LoadedInput {
  const parsed = { documents: [], notes: [note] };
  return { fingerprint: hashOf([note.path, parsed]), parse: () => Promise.resolve(parsed) };
}
