import { withAccents, withDropCaps, withScripts } from "./letters.ts";
import type { PDFPageProxy } from "pdfjs-dist";
import { type Inset, withInsets } from "./insets.ts";
import { hiddenTexts, type Layers } from "./layers.ts";
import type { Span } from "./pdf-content.ts";
import type { Pitches } from "./pitches.ts";

/** Pieces of text on a page; a full one has some thousands. */
const SPANS_MAX = 200_000;
const WIDE = /[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]/;
const PLAIN = /^[ -~]*$/;
const QUARTER = Math.PI / 2;
/** How far a scanned page may be from level, in right angles. */
const SLANT_MAX = 0.15;
/** Added to a direction: quarters of a turn, four of them. */
const SLANTED = 4;
const DIRECTIONS = 8;

/** What a page says, and what of its text is not told. */
export type PageText = {
  readonly spans: readonly Span[];
  /** As pdfjs gives them. */
  readonly items: readonly Item[];
  /** Layers that are off, of which there is text on the page. */
  readonly layersOff: ReadonlySet<string>;
};

/**
 * The text runs of a page, turned upright: the direction most of the text has is the reading direction, which its insets
 * have as well.
 */
export async function spansOf(
  page: PDFPageProxy,
  insets: readonly Inset[],
  layers: Layers | undefined,
  pitches: Pitches,
): Promise<PageText> {
  const { items, styles, layersOff } = await textOf(page, layers);
  pitches.see(items);
  const { transform: view, width, height } = page.getViewport({ scale: 1 });
  const [va = 1, vb = 0, vc = 0, vd = 1, ve = 0, vf = 0] = view;
  // A page may have a unit of its own.
  const scale = Math.hypot(va, vb);
  const turned: Span[] = [];
  const monos = new Map(
    Object.entries(styles).map(([font, { fontFamily }]) => [font, pitches.isMono(font, fontFamily === "monospace")]),
  );
  for (const item of items) {
    const text = clean(item.str);
    if (text === "") continue;
    const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = item.transform;
    // The item's matrix in the page as it is shown (/Rotate included); y grows downwards there.
    const shown = {
      a: va * a + vc * b,
      b: vb * a + vd * b,
      c: va * c + vc * d,
      d: vb * c + vd * d,
      e: va * e + vc * f + ve,
      f: vb * e + vd * f + vf,
    };
    const vertical = styles[item.fontName]?.vertical ?? false;
    // Text from top to bottom is read like text that was turned: its lines begin at the right edge of the page.
    const turns = Math.atan2(shown.b, shown.a) / QUARTER + (vertical ? 5 : 4);
    const quarter = Math.round(turns) % 4;
    const [x, y] = upright(shown.e, shown.f, quarter, width, height);
    const size = Math.hypot(shown.c, shown.d) || item.height * scale;
    turned.push({
      text,
      x,
      y,
      width: (vertical ? Math.abs(item.height) : item.width) * scale,
      size,
      // Letters of China, Japan and Korea have one width in every font.
      mono: WIDE.test(item.str) ? false : monos.get(item.fontName),
      font: item.fontName,
      direction: quarter + (Math.abs(turns - Math.round(turns)) > SLANT_MAX ? SLANTED : 0),
    });
  }
  const spans = withDropCaps(withScripts(withAccents(turned)));
  const main = mainDirection(turned);
  const directed =
    main === 0
      ? spans
      : spans.map((span) => ({ ...span, direction: (span.direction - main + DIRECTIONS) % DIRECTIONS }));
  const onPage = insets.filter(({ rect: [left, bottom, right, top] }) => {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = page.view;
    return right > x1 && left < x2 && top > y1 && bottom < y2;
  });
  if (onPage.length === 0) return { spans: directed, items, layersOff };
  const all = withInsets(directed, onPage, ([x, y]) =>
    upright(va * x + vc * y + ve, vb * x + vd * y + vf, main % SLANTED, width, height),
  );
  return { spans: all, items, layersOff };
}

type TextContent = Awaited<ReturnType<PDFPageProxy["getTextContent"]>>;
type Item = Extract<TextContent["items"][number], { readonly str: string }>;

/** The same as `getTextContent`, with a bound, and without what is on layers that are off. */
async function textOf(page: PDFPageProxy, layers: Layers | undefined) {
  const items: Item[] = [];
  const styles: TextContent["styles"] = {};
  let isLayered = layers?.isAnyOff ?? false;
  const parts: ReadableStream<TextContent> = page.streamTextContent({ includeMarkedContent: layers !== undefined });
  for await (const part of parts) {
    Object.assign(styles, part.styles);
    // Read to its end all the same: pdfjs goes on sending to a stream that was left, and fails outside of any promise.
    if (items.length > SPANS_MAX) continue;
    for (const item of part.items) {
      if ("str" in item) items.push(item);
      else if ("tag" in item && item.tag === "OC") isLayered = true;
    }
  }
  if (items.length > SPANS_MAX) throw new Error(`more than ${SPANS_MAX} pieces of text`);
  if (layers === undefined || !isLayered) return { items, styles, layersOff: new Set<string>() };
  const texts = items.map(({ str }) => str);
  const { hidden, names } = await hiddenTexts(page, texts, layers);
  return { items: items.filter((_, index) => !hidden.has(index)), styles, layersOff: names };
}

/** Turns a point of text that runs at `quarter` right angles (clockwise, as y grows downwards) into one of level text. */
function upright(x: number, y: number, quarter: number, width: number, height: number): [number, number] {
  if (quarter === 1) return [y, width - x];
  if (quarter === 2) return [width - x, height - y];
  if (quarter === 3) return [height - y, x];
  return [x, y];
}

function mainDirection(spans: readonly Span[]): number {
  const characters = Array.from({ length: DIRECTIONS }, () => 0);
  for (const { text, direction } of spans) characters[direction] = (characters[direction] ?? 0) + text.trim().length;
  return characters.indexOf(Math.max(...characters));
}

/** Ligatures and presentation forms of Arabic are letters already (pdfjs does that). */
function clean(text: string): string {
  if (PLAIN.test(text)) return text;
  return (
    text
      // The forms that brackets and full stops have in text from top to bottom.
      .replace(/[\ufe10-\ufe19\ufe30-\ufe44\ufe47\ufe48]/g, (form) => form.normalize("NFKC"))
      // At the end of a line it is printed.
      .replace(/\u00ad$/, "-")
      // Bullets of Symbol and Wingdings that nothing says the meaning of.
      .replace(/^[\uf0a7\uf0a8\uf0b7\uf06c\uf06e\uf071\uf076\uf0d8\uf0fc](?=\s|$)/, "•")
      .replace(/[\u0000-\u0008\u000b-\u001f\u00ad\u200b\ufeff]/g, "")
      .replace(/[\u00a0\u2000-\u200a\t]/g, " ")
      .toWellFormed()
  );
}
