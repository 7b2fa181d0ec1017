import type { Edit } from "./edits.ts";
import type { Link, Markup } from "./markup.ts";

/** Where the links of a page lead that are of use without the page. */
export const OUTSIDE = /^(?:https?|ftp|mailto):/i;

/** A link inside of the site is its text; others keep their destination, where there is text to lead there. */
export function linkEdits(markup: Markup, textBetween: (start: number, end: number) => string): Edit[] {
  return markup.links.flatMap((link) => {
    const { start, end, label } = link;
    const behind = () => {
      const destination = destinationOf(markup, link);
      const isUseful = OUTSIDE.test(destination) && markup.page.slice(label.start, label.end).trim() !== destination;
      return isUseful && textBetween(label.start, label.end) !== "" ? `](${destination})` : "";
    };
    return [
      { start, end: label.start, puts: () => [{ kind: "text", text: behind() === "" ? "" : "[" }] },
      { start: label.end, end, puts: () => [{ kind: "text", text: behind() }] },
    ];
  });
}

function destinationOf(markup: Markup, { label, destination, reference }: Link): string {
  return destination ?? markup.destinationOf(reference || markup.page.slice(label.start, label.end));
}
