import type { PDFDocumentProxy, PDFPageProxy } from "pdfjs-dist";
import { z } from "zod";
import { PAINTED } from "./pdfjs.ts";

/** The layers of a document, each on or off as a viewer opens it. */
export type Layers = {
  readonly isAnyOff: boolean;
  /** `layer`: as pdfjs gives it. */
  isVisible(layer: unknown): boolean;
  namesOf(layer: unknown): readonly string[];
};

/** Characters that are searched on one page for a text that is not where it was expected. */
const SEARCHED_MAX = 20_000_000;
/** Of pdfjs's `AnnotationMode`. */
const WITHOUT_ANNOTATIONS = 0;

const layerSchema = z.object({ id: z.string().optional(), ids: z.array(z.string()).optional() });
const groupSchema = z.object({ name: z.string().nullish(), visible: z.boolean() });

/** undefined: it has none. */
export async function layersOf(document: PDFDocumentProxy): Promise<Layers | undefined> {
  try {
    const config = await document.getOptionalContentConfig();
    const groups = new Map<unknown, z.output<typeof groupSchema>>();
    for (const [id, group] of config) groups.set(id, groupSchema.parse(group));
    if (groups.size === 0) return undefined;
    return {
      isAnyOff: [...groups.values()].some(({ visible }) => !visible),
      isVisible: (layer) => layer === undefined || layer === null || config.isVisible(layer) === true,
      namesOf(layer) {
        const { id, ids = [] } = layerSchema.safeParse(layer).data ?? {};
        return [id, ...ids].flatMap((one) => groups.get(one)?.name ?? []);
      },
    };
  } catch {
    return undefined;
  }
}

/** Which of a page's texts, in the order they are painted, are on layers that are off; and what those are called. */
export async function hiddenTexts(
  page: PDFPageProxy,
  texts: readonly string[],
  layers: Layers,
): Promise<{ readonly hidden: ReadonlySet<number>; readonly names: ReadonlySet<string> }> {
  const parts = await paintedParts(page, layers);
  const hidden = new Set<number>();
  const names = new Set<string>();
  if (parts.every((part) => part.names === undefined)) return { hidden, names };
  let at = 0;
  let from = 0;
  let searched = 0;
  for (const [index, text] of texts.entries()) {
    const wanted = lettersOf(text);
    if (wanted === "") continue;
    while (at + 1 < parts.length && from >= (parts[at]?.letters.length ?? 0)) [at, from] = [at + 1, 0];
    // A line from right to left is painted the other way.
    const painted = [wanted, [...wanted].reverse().join("")];
    if (!painted.some((letters) => parts[at]?.letters.startsWith(letters, from))) {
      // What is off the page is painted, but is no text of it.
      for (let next = at; next < parts.length && searched < SEARCHED_MAX; next++) {
        const letters = parts[next]?.letters ?? "";
        const start = next === at ? from : 0;
        searched += (letters.length - start) * painted.length;
        const found = Math.max(...painted.map((one) => letters.indexOf(one, start)));
        if (found === -1) continue;
        [at, from] = [next, found];
        break;
      }
    }
    const part = parts[at];
    if (part?.names !== undefined) {
      hidden.add(index);
      for (const name of part.names) names.add(name);
    }
    from += wanted.length;
  }
  return { hidden, names };
}

/** What is painted on layers that are all on, or of which one is off: then with its names. */
type Part = { letters: string; readonly names: readonly string[] | undefined };

/** pdfjs tells no layers with a page's text, only with what it is painted by. */
async function paintedParts(page: PDFPageProxy, layers: Layers): Promise<Part[]> {
  const { fnArray, argsArray } = await page.getOperatorList({ annotationMode: WITHOUT_ANNOTATIONS });
  const open: (readonly string[] | undefined)[] = [];
  const parts: { letters: string[]; names: readonly string[] | undefined }[] = [];
  for (const [index, operator] of fnArray.entries()) {
    const parameters: unknown = argsArray[index];
    const [first, second]: readonly unknown[] = Array.isArray(parameters) ? parameters : [];
    if (operator === PAINTED.beginMark) open.push(undefined);
    else if (operator === PAINTED.beginMarkWithProperties)
      open.push(first === "OC" && !layers.isVisible(second) ? layers.namesOf(second) : undefined);
    else if (operator === PAINTED.endMark) open.pop();
    if (operator !== PAINTED.text || !Array.isArray(first)) continue;
    const names = open.find((layer) => layer !== undefined);
    const part = parts.at(-1);
    if (part !== undefined && part.names === names) part.letters.push(textOf(first));
    else parts.push({ letters: [textOf(first)], names });
  }
  return parts.map(({ letters, names }) => ({ letters: lettersOf(letters.join("")), names }));
}

/** Glyphs, with numbers between them. */
function textOf(glyphs: readonly unknown[]): string {
  let text = "";
  for (const glyph of glyphs) {
    if (typeof glyph !== "object" || glyph === null) continue;
    const unicode: unknown = Reflect.get(glyph, "unicode");
    if (typeof unicode === "string") text += unicode;
  }
  return text;
}

function lettersOf(text: string): string {
  return text.normalize("NFKC").replace(/[\s\p{Cf}]+/gu, "");
}
