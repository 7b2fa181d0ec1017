import type { Note } from "../parser.ts";
import type { PdfContent, PdfOmissions } from "./pdf-content.ts";

const NAMED_MAX = 5;
const NAME_CHARACTERS_MAX = 80;

/** What there is to say about a PDF beside its documents. */
export function notesOfPdf({ sections, omitted, problems, pages }: PdfContent, path: string): Note[] {
  if (pages === 0) return [{ kind: "failed", path, reason: "damaged: it has no pages" }];
  const notes: Note[] = [];
  if (problems.length > 0) {
    const damage = listed(problems, "; ");
    // What a damaged page said is missing, so the file counts as failed even though the rest of it is there.
    notes.push({
      kind: "failed",
      path,
      reason: sections.length === 0 ? `damaged: ${damage}` : `damaged in part: ${damage}`,
    });
  }
  const reasons = [...pagesWithoutText(omitted), ...others(omitted)];
  if (sections.length > 0) return [...notes, ...reasons.map((reason): Note => ({ kind: "warning", path, reason }))];
  if (problems.length < pages) {
    const isScan = omitted.emptyPages.length + problems.length >= pages && omitted.placeholder === undefined;
    const all = isScan ? ["no text layer (scanned?)", ...others(omitted)] : reasons;
    notes.push({ kind: "skipped", path, reason: all.join("; ") || "no text" });
  }
  return notes;
}

function pagesWithoutText({ emptyPages, headPages, unreadablePages }: PdfOmissions): string[] {
  return [
    ...(emptyPages.length === 0 ? [] : [`no text on ${ranges(emptyPages)}`]),
    ...(headPages.length === 0 ? [] : [`nothing but running heads or page numbers on ${ranges(headPages)}`]),
    ...(unreadablePages.length === 0
      ? []
      : [
          `text on ${ranges(unreadablePages)} is lost or garbled, because its fonts do not say which letters they have ` +
            "(no Unicode map); make the PDF again with such maps, or run text recognition (OCR) on it",
        ]),
  ];
}

function others({ layersOff, comments, files, placeholder }: PdfOmissions): string[] {
  const inside = files.length === 0 ? "" : `: ${listed(files.map(shortened), ", ")}`;
  const reasons = [
    ...layersOff.map(
      ({ name, pages }) => `left out: the layer "${shortened(name)}", which is off, on ${ranges(pages)}`,
    ),
    ...(comments.length === 0
      ? []
      : [`left out: ${counted(comments.length, "reviewer's comment")} on ${ranges([...new Set(comments)])}`]),
  ];
  if (placeholder === "xfa") {
    reasons.push(
      "an XFA form, which only Adobe's programs show; print it to a PDF there, or save it as a flat one, and ingest that",
    );
  }
  if (placeholder === "portfolio")
    reasons.push(`a PDF portfolio: save the files inside of it as files of their own to have them read${inside}`);
  else if (files.length > 0)
    reasons.push(`left out: ${counted(files.length, "file")} inside of it${inside}; save what is to be read beside it`);
  return reasons;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function listed(all: readonly string[], between: string): string {
  const more = all.length > NAMED_MAX ? ` and ${all.length - NAMED_MAX} more` : "";
  return `${all.slice(0, NAMED_MAX).join(between)}${more}`;
}

function shortened(name: string): string {
  return name.length > NAME_CHARACTERS_MAX ? `${name.slice(0, NAME_CHARACTERS_MAX).toWellFormed()}...` : name;
}

/** [1, 2, 3, 7] -> "pages 1-3, 7". */
function ranges(pages: readonly number[]): string {
  const parts: { first: number; last: number }[] = [];
  for (const page of pages) {
    const current = parts.at(-1);
    if (current?.last === page - 1) current.last = page;
    else parts.push({ first: page, last: page });
  }
  return `${pages.length === 1 ? "page" : "pages"} ${parts.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(", ")}`;
}
