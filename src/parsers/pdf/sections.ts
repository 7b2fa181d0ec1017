import { toMarkdown } from "./blocks.ts";
import { withFootnotesLast } from "./footnotes.ts";
import {
  type Heading,
  type Headings,
  headingsFromFonts,
  headingsFromOutline,
  type OutlineEntry,
  type PlacedLine,
  SECTION_LEVEL_MAX,
} from "./headings.ts";
import { compoundsOf } from "./hyphenation.ts";
import type { Line, Page, PdfSection } from "./pdf-content.ts";

type ToMarkdown = (lines: readonly Line[]) => string;

const PAGES_WITHOUT_HEADINGS = 10;

/** The text of pages without running heads, in sections of heading level 1 to 3; without headings, one section for each ten pages. */
export function sectionsOf(
  pages: readonly Page[],
  outline: readonly OutlineEntry[],
  boldOf: (fonts: ReadonlySet<string>) => ReadonlySet<string>,
): PdfSection[] {
  const lines = withFootnotesLast(pages).flatMap((page) =>
    page.lines.map((line): PlacedLine => ({ ...line, page: page.number })),
  );
  if (lines.length === 0) return [];
  const compounds = compoundsOf(lines);
  const headings = headingsFromOutline(lines, outline) ?? headingsFromFonts(lines, compounds, boldOf);
  const markdown = (part: readonly Line[]) => toMarkdown(part, compounds);
  return headings.size === 0 ? pageRanges(lines, markdown) : cut(lines, headings, markdown);
}

function cut(lines: readonly PlacedLine[], headings: Headings, markdown: ToMarkdown): PdfSection[] {
  const sections: PdfSection[] = [];
  let path: Heading[] = [];
  let heading: Heading | undefined;
  let parts: string[] = [];
  let bare: string[] = [];
  let body: PlacedLine[] = [];
  let firstPage = lines[0]?.page ?? 1;
  let lastPage = firstPage;
  const endBody = () => {
    if (body.length > 0) parts.push(markdown(body));
    body = [];
  };
  /** `level`: of the heading that follows. A heading with nothing below it is not lost: it goes before what comes next. */
  const endSection = (level: number) => {
    endBody();
    const text = parts.join("\n\n");
    parts = [];
    if (!/[\p{L}\p{N}]/u.test(text)) {
      if (heading !== undefined && level <= heading.level) bare.push(heading.text);
      return;
    }
    const above = path.slice(0, -1).map((outer) => outer.text);
    sections.push({
      heading: heading?.text ?? "",
      above,
      text: [...bare, text].join("\n\n"),
      firstPage,
      lastPage,
    });
    bare = [];
  };
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined) continue;
    const next = headings.get(index);
    if (next === undefined) {
      body.push(line);
      lastPage = line.page;
      continue;
    }
    if (next.level > SECTION_LEVEL_MAX) {
      endBody();
      parts.push(`#### ${next.text}`);
    } else {
      endSection(next.level);
      path = [...path.filter(({ level }) => level < next.level), next];
      heading = next;
      firstPage = line.page;
    }
    lastPage = line.page;
    index += next.lines - 1;
  }
  endSection(0);
  const last = sections.at(-1);
  if (bare.length > 0 && last !== undefined)
    sections[sections.length - 1] = { ...last, text: [last.text, ...bare].join("\n\n"), lastPage };
  else if (bare.length > 0)
    sections.push({ heading: "", above: [], text: bare.join("\n\n"), firstPage: lines[0]?.page ?? 1, lastPage });
  return sections;
}

function pageRanges(lines: readonly PlacedLine[], markdown: ToMarkdown): PdfSection[] {
  const ranges = Map.groupBy(lines, ({ page }) => Math.floor((page - 1) / PAGES_WITHOUT_HEADINGS));
  return [...ranges.values()].map((range) => ({
    heading: "",
    above: [],
    text: markdown(range),
    firstPage: range[0]?.page ?? 1,
    lastPage: range.at(-1)?.page ?? 1,
  }));
}
