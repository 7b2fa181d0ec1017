/** A run of text on a page, upright: x to the right, y downwards, in points. */
export type Span = {
  readonly text: string;
  readonly x: number;
  /** Where its baseline is. */
  readonly y: number;
  readonly width: number;
  readonly size: number;
  /** undefined: a font of a bullet, of digits or of an arrow, which is like the text beside it. */
  readonly mono: boolean | undefined;
  /** pdfjs's name of it; "" where there are several. */
  readonly font: string;
  /** 0: that of most text of the page; each other direction has a number of its own. */
  readonly direction: number;
};

/** A piece of a line without a wide gap. */
export type Cell = {
  readonly text: string;
  readonly x: number;
  readonly width: number;
  readonly size: number;
  /** As that of the line. */
  readonly font: string;
  readonly mono: boolean | undefined;
};

/** A line as it is read: spans of one baseline that belong together, cells of a table apart. */
export type Line = {
  readonly cells: readonly Cell[];
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly size: number;
  readonly mono: boolean;
  /** pdfjs's name of it; "" where there are several. */
  readonly font: string;
  /** The font of its first words where the others have another; else "". */
  readonly lead: string;
  /** Number of the column it stands in. */
  readonly column: number;
  /** Not in the direction of the page's text: a stamp in the margin, a watermark. */
  readonly aside?: true;
  /** Of a label in the margin, which stands before the paragraph it is beside. */
  readonly label?: true;
  /** A line of a footnote. */
  readonly note?: true;
};

export type Page = {
  readonly number: number;
  readonly height: number;
  readonly width: number;
  readonly lines: readonly Line[];
};

/** A heading with its text, as one document. */
export type PdfSection = {
  readonly heading: string;
  /** Headings above it, outermost first. */
  readonly above: readonly string[];
  /** Markdown. */
  readonly text: string;
  readonly firstPage: number;
  readonly lastPage: number;
};

export type PdfContent = {
  /** From the document's information, or "". */
  readonly title: string;
  readonly pages: number;
  readonly sections: readonly PdfSection[];
  /** What the document calls its pages (`iv`, `A-2`), from the first; [] where those are their numbers. */
  readonly labels: readonly string[];
  readonly omitted: PdfOmissions;
  /** What could not be read. */
  readonly problems: readonly string[];
};

/** What a document has that is no text of its sections. */
export type PdfOmissions = {
  /** Pages without any text. */
  readonly emptyPages: readonly number[];
  /** Pages with nothing but running heads and page numbers. */
  readonly headPages: readonly number[];
  /** Pages with fonts that do not tell their letters. */
  readonly unreadablePages: readonly number[];
  /** Text on layers that are off. */
  readonly layersOff: readonly { readonly name: string; readonly pages: readonly number[] }[];
  /** The page of each comment of a reviewer. */
  readonly comments: readonly number[];
  /** Names of files inside of it. */
  readonly files: readonly string[];
  /** What it is when its page only says which program shows it. */
  readonly placeholder: "xfa" | "portfolio" | undefined;
};
