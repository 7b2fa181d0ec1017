import type { PDFDocumentProxy } from "pdfjs-dist";
import { boundArrays, type BoundArrays, loadPdfjs, VERBOSITY } from "./pdfjs.ts";
import { annotationsOf } from "./annotations.ts";
import { BroughtAlong } from "./brought-along.ts";
import { filesOf, infoOf, labelsOf, placeholderOf } from "./document-info.ts";
import { boldFonts, type LoadedFonts, watchFonts } from "./loaded-fonts.ts";
import { layersOf } from "./layers.ts";
import { layoutPage } from "./layout-page.ts";
import type { OutlineEntry } from "./headings.ts";
import { withMarginsApart } from "./margins.ts";
import { withoutRunningHeads } from "./running-heads.ts";
import { sectionsOf } from "./sections.ts";
import { Pitches } from "./pitches.ts";
import { spansOf } from "./spans.ts";
import { UnreadablePages } from "./unreadable.ts";
import type { Page, PdfContent } from "./pdf-content.ts";

const BYTES_PER_MEGABYTE = 1024 * 1024;
/** What one stream may inflate to. Pages and fonts have a few megabytes at most. */
const STREAM_BYTES_MAX = 128 * BYTES_PER_MEGABYTE;
const TOO_LARGE = `a stream of it inflates to more than ${STREAM_BYTES_MAX / BYTES_PER_MEGABYTE} MB`;
/** Pages; a document that has more of them that cannot be read is damaged from there on. */
const PROBLEMS_MAX = 1_000;
/** Lines of a whole document: some 20,000 full pages. */
const LINES_MAX = 1_000_000;
/** Of files that were read since garbage was collected last. */
const BYTES_UNCOLLECTED_MAX = 256 * 1024;

let bytesUncollected = 0;

/** Reads a whole PDF: text in reading order, in sections. Throws pdfjs's `InvalidPDFException` and `PasswordException`. */
export async function readPdf(bytes: Uint8Array, password: string | undefined): Promise<PdfContent> {
  bytesUncollected += bytes.length;
  // The file itself may be larger: `file_size_max` is for the user to say.
  const arrays = boundArrays(Math.max(STREAM_BYTES_MAX, bytes.length * 2));
  const fonts = watchFonts();
  try {
    return await contentOf(bytes, password, arrays, fonts);
  } finally {
    fonts.release();
    arrays.release();
    if (bytesUncollected > BYTES_UNCOLLECTED_MAX) {
      // A document that was read is old to the collector: it would wait for as much again, in each Worker.
      Bun.gc(true);
      bytesUncollected = 0;
    }
  }
}

async function contentOf(
  bytes: Uint8Array,
  password: string | undefined,
  arrays: BoundArrays,
  fonts: LoadedFonts,
): Promise<PdfContent> {
  const { pdfjs, startWorker } = await loadPdfjs();
  const worker = startWorker();
  const task = pdfjs.getDocument({
    data: bytes,
    worker,
    ...(password === undefined ? {} : { password }),
    BinaryDataFactory: BroughtAlong,
    cMapPacked: true,
    useSystemFonts: false,
    disableFontFace: true,
    // The codes of glyphs, beside their letters.
    fontExtraProperties: true,
    // What computes colours is compiled to WebAssembly otherwise, anew for each.
    useWasm: false,
    // Which costs less when no picture is decoded for it.
    maxImageSize: 1,
    verbosity: VERBOSITY,
  });
  try {
    const document = await task.promise;
    const pages: Page[] = [];
    const problems: string[] = [];
    const layers = await layersOf(document);
    const { insets, comments, files, crowded } = await annotationsOf(document, layers);
    if (arrays.takeRefusal()) problems.push(`its form fields and notes: ${TOO_LARGE}`);
    for (const number of crowded) problems.push(`page ${number}: too many form fields and notes; the rest is left out`);
    const unreadable = new UnreadablePages(fonts);
    const unreadablePages: number[] = [];
    const emptyPages: number[] = [];
    const layersOff = new Map<string, number[]>();
    const pitches = new Pitches();
    let lines = 0;
    for (let number = 1; number <= document.numPages; number++) {
      try {
        const page = await document.getPage(number);
        const { width, height } = page.getViewport({ scale: 1 });
        const text = await spansOf(page, insets.get(number) ?? [], layers, pitches);
        const read = { number, width, height, lines: layoutPage(text.spans) };
        if (unreadable.isUnreadable(text.items)) unreadablePages.push(number);
        else if (read.lines.length === 0 && text.layersOff.size === 0) emptyPages.push(number);
        for (const name of text.layersOff) {
          const on = layersOff.get(name);
          if (on === undefined) layersOff.set(name, [number]);
          else on.push(number);
        }
        page.cleanup();
        lines += read.lines.length;
        if (lines > LINES_MAX) {
          problems.push(`page ${number} and all behind it: more than ${LINES_MAX} lines`);
          break;
        }
        pages.push(read);
        if (arrays.takeRefusal()) problems.push(`page ${number}: ${TOO_LARGE}`);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        problems.push(`page ${number}: ${arrays.takeRefusal() ? TOO_LARGE : reason}`);
        if (problems.length >= PROBLEMS_MAX) break;
      }
    }
    const headless = withoutRunningHeads(withMarginsApart(pages));
    const info = await infoOf(document);
    const sections = sectionsOf(headless, await outlineOf(document), (those) => boldFonts(those, fonts));
    const placeholder = placeholderOf(info, sections);
    return {
      title: info.title,
      pages: document.numPages,
      sections: placeholder === undefined ? sections : [],
      labels: await labelsOf(document),
      omitted: {
        emptyPages,
        headPages: pages.flatMap(({ number, lines: all }, index) =>
          all.length > 0 && headless[index]?.lines.length === 0 ? [number] : [],
        ),
        unreadablePages,
        layersOff: [...layersOff].map(([name, on]) => ({ name, pages: on })),
        comments,
        files: [...(await filesOf(document)), ...files],
        placeholder,
      },
      problems,
    };
  } finally {
    await task.destroy();
    worker.destroy();
  }
}

/** The outline, flat, with the page each entry leads to; [] when it is missing or broken. */
async function outlineOf(document: PDFDocumentProxy): Promise<OutlineEntry[]> {
  type Node = Awaited<ReturnType<PDFDocumentProxy["getOutline"]>>[number];
  const entries: OutlineEntry[] = [];
  const visit = async (nodes: readonly Node[], level: number): Promise<void> => {
    for (const node of nodes) {
      const page = await pageOf(document, node.dest);
      if (page !== undefined && node.title.trim() !== "") entries.push({ title: node.title.trim(), level, page });
      await visit(node.items, level + 1);
    }
  };
  try {
    await visit((await document.getOutline()) ?? [], 1);
  } catch {
    return [];
  }
  return entries;
}

async function pageOf(document: PDFDocumentProxy, dest: unknown): Promise<number | undefined> {
  try {
    const explicit: unknown = typeof dest === "string" ? await document.getDestination(dest) : dest;
    if (!Array.isArray(explicit)) return undefined;
    const [reference] = explicit;
    if (typeof reference === "number") return reference + 1;
    return (await document.getPageIndex(reference)) + 1;
  } catch {
    return undefined;
  }
}
