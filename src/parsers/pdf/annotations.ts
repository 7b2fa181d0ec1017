import type { PDFDocumentProxy } from "pdfjs-dist";
import { z } from "zod";
import type { Inset } from "./insets.ts";
import type { Layers } from "./layers.ts";

/** Of pdfjs's `AnnotationType`. */
const FREE_TEXT = 3;
const FILE = 17;
const WIDGET = 20;
/** Notes, lines, shapes, marks, stamps, drawings: what reviewers leave on a page. */
const COMMENTS = [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/** Of the flags of an annotation. */
const HIDDEN = 2;
const NO_VIEW = 32;
/** Of one page; a form has some hundreds. */
const INSETS_MAX = 3_000;

const text = z.string().nullish().catch(null);
const annotationSchema = z.object({
  pageIndex: z.number(),
  annotationType: z.number(),
  annotationFlags: z.number(),
  rect: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  rotation: z.number().catch(0),
  oc: z.unknown(),
  hasAppearance: z.boolean().catch(false),
  contentsObj: z.object({ str: z.string() }).optional().catch(undefined),
  /** Of its appearance. */
  textContent: z.array(z.string()).nullish().catch(null),
  textPosition: z.tuple([z.number(), z.number()]).nullish().catch(null),
  defaultAppearanceData: z.object({ fontSize: z.number() }).nullish().catch(null),
  file: z.object({ filename: z.string() }).nullish().catch(null),
  fieldType: text,
  fieldValue: z
    .union([z.string(), z.array(z.string())])
    .nullish()
    .catch(null),
  alternativeText: text,
  password: z.boolean().nullish().catch(null),
  multiLine: z.boolean().nullish().catch(null),
  checkBox: z.boolean().nullish().catch(null),
  radioButton: z.boolean().nullish().catch(null),
  exportValue: text,
  buttonValue: text,
  options: z
    .array(z.object({ exportValue: text, displayValue: text }))
    .nullish()
    .catch(null),
});
type Annotation = z.output<typeof annotationSchema>;

/** What lies on the pages beside their content, by their number. */
type Annotations = {
  readonly insets: ReadonlyMap<number, readonly Inset[]>;
  /** Pages with comments of reviewers, which are no text of the document; a page for each of them. */
  readonly comments: readonly number[];
  /** Names of files that are attached to pages. */
  readonly files: readonly string[];
  /** Pages with more fields and notes than are read. */
  readonly crowded: readonly number[];
};

/** The values of form fields and the notes typed onto pages, as a viewer shows them. */
export async function annotationsOf(document: PDFDocumentProxy, layers: Layers | undefined): Promise<Annotations> {
  const insets = new Map<number, Inset[]>();
  const comments: number[] = [];
  const files: string[] = [];
  const crowded = new Set<number>();
  for (const found of await foundIn(document)) {
    const { data: annotation } = annotationSchema.safeParse(found);
    if (annotation === undefined || (annotation.annotationFlags & (HIDDEN | NO_VIEW)) !== 0) continue;
    if (layers?.isVisible(annotation.oc) === false) continue;
    if (annotation.file) files.push(annotation.file.filename);
    const page = annotation.pageIndex + 1;
    if (COMMENTS.includes(annotation.annotationType)) {
      if (annotation.contentsObj?.str.trim() || annotation.textContent) comments.push(page);
      continue;
    }
    const inset =
      annotation.annotationType === WIDGET
        ? fieldInset(annotation)
        : annotation.annotationType === FREE_TEXT
          ? noteInset(annotation)
          : undefined;
    if (inset === undefined) continue;
    const onPage = insets.get(page) ?? [];
    insets.set(page, onPage);
    if (onPage.length < INSETS_MAX) onPage.push(inset);
    else crowded.add(page);
  }
  return { insets, comments, files, crowded: [...crowded] };
}

/** All at once, because links, which most annotations are, cost much when a page is asked for its own. */
async function foundIn(document: PDFDocumentProxy): Promise<readonly unknown[]> {
  const types = new Set([FREE_TEXT, FILE, WIDGET, ...COMMENTS]);
  try {
    return await document.getAnnotationsByType(types, new Set());
  } catch {
    // A page that cannot be read spoils it for the others.
  }
  const found: unknown[] = [];
  for (let number = 1; number <= document.numPages; number++) {
    try {
      const annotations: readonly object[] = await (await document.getPage(number)).getAnnotations();
      for (const annotation of annotations) found.push({ ...annotation, pageIndex: number - 1 });
    } catch {
      // Its text is missed as well, and that is said.
    }
  }
  return found;
}

function noteInset(annotation: Annotation): Inset | undefined {
  const { textContent, contentsObj } = annotation;
  const lines = filled(textContent ?? linesOf(contentsObj?.str ?? ""));
  return lines.length === 0 ? undefined : { ...placeOf(annotation), lines, label: "", isMark: false, isAtTop: true };
}

function fieldInset(annotation: Annotation): Inset | undefined {
  const { fieldType, alternativeText, multiLine } = annotation;
  const isMark = fieldType === "Btn";
  const lines = filled(fieldType === "Tx" ? typedLines(annotation) : isMark ? mark(annotation) : chosen(annotation));
  if (lines.length === 0) return undefined;
  return {
    ...placeOf(annotation),
    lines,
    label: (alternativeText ?? "").replace(/\s+/g, " ").trim(),
    isMark,
    isAtTop: multiLine === true,
  };
}

function placeOf({ rect, rotation, hasAppearance, textPosition, defaultAppearanceData }: Annotation) {
  return {
    rect,
    size: defaultAppearanceData?.fontSize ?? 0,
    // Of a turned one it is not where a line begins, and without an appearance that of the first line.
    lastLine: hasAppearance && rotation === 0 ? (textPosition ?? undefined) : undefined,
  };
}

/** A value as it is wrapped where it is shown; what only the appearance says (a text that is a stream) as well. */
function typedLines({ password, fieldValue, textContent }: Annotation): readonly string[] {
  if (password) return [];
  const value = typeof fieldValue === "string" ? fieldValue : "";
  const shown = textContent ?? [];
  const isSame = value.trim() === "" || withoutSpaces(shown.join("")) === withoutSpaces(value);
  return isSame && shown.length > 0 ? shown : linesOf(value);
}

function chosen({ fieldType, fieldValue, options }: Annotation): readonly string[] {
  if (fieldType !== "Ch") return [];
  const values = Array.isArray(fieldValue) ? fieldValue : [fieldValue ?? ""];
  return values.map((value) => options?.find(({ exportValue }) => exportValue === value)?.displayValue ?? value);
}

function mark({ checkBox, radioButton, fieldValue, exportValue, buttonValue }: Annotation): readonly string[] {
  if (fieldValue === null || fieldValue === undefined || fieldValue === "Off") return [];
  const isOn = checkBox ? fieldValue === exportValue : radioButton ? fieldValue === buttonValue : false;
  return isOn ? ["[x]"] : [];
}

function linesOf(value: string): string[] {
  return value.split(/\r\n?|\n/);
}

function filled(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/[\s\u0000-\u001f]+/g, " ").trim()).filter((line) => line !== "");
}

function withoutSpaces(value: string): string {
  return value.replace(/\s+/g, "");
}
