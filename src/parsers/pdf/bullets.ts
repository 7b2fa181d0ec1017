import type { Span } from "./pdf-content.ts";

/** In parts of the font's size: what is left free behind a bullet, and before it. */
const GAP_BEHIND = 0.25;
const GAP_BEFORE = 0.5;
/** Lines of a page. */
const BULLETS_MIN = 2;
/** What ornaments are called in the fonts that have them: `§` is a square of Wingdings. */
const ORNAMENT = /^[a-z§¨þ·]$/i;
/** Signs that items of lists begin with. */
export const BULLET_SIGNS = "•●○■▪▫♦◆◇◼◾►▸▹‣➢➤✓✔❖□☐❑❒⁃⦁∙◦";

type Use = { readonly text: string; isBullet: boolean; count: number };

/**
 * Gives bullets of fonts for ornaments their name: nothing but the font says that its `r` or `n` is not a letter. Such a font
 * has one letter on the page, and that stands alone at the beginning of lines. `rows`: from left to right.
 */
export function nameBullets(rows: readonly Span[][]): void {
  const uses = new Map<string, Use>();
  for (const row of rows) {
    let right = Number.NEGATIVE_INFINITY;
    for (const [index, span] of row.entries()) {
      const text = span.text.trim();
      if (text === "") continue;
      const use = uses.get(span.font) ?? { text, isBullet: span.font !== "" && ORNAMENT.test(text), count: 0 };
      if (use.isBullet)
        use.isBullet = text === use.text && span.x > right + span.size * GAP_BEFORE && isAlone(row, index);
      use.count++;
      uses.set(span.font, use);
      right = span.x + span.width;
    }
  }
  const bullets = new Set(
    [...uses].filter(([, use]) => use.isBullet && use.count >= BULLETS_MIN).map(([font]) => font),
  );
  if (bullets.size === 0) return;
  for (const row of rows) {
    for (const [index, span] of row.entries()) {
      if (bullets.has(span.font) && span.text.trim() !== "") row[index] = { ...span, text: "•" };
    }
  }
}

/** With something behind it, at a distance. */
function isAlone(row: readonly Span[], index: number): boolean {
  const span = row[index];
  const next = row.slice(index + 1, index + 3).find(({ text }) => text.trim() !== "");
  return span !== undefined && next !== undefined && next.x - span.x - span.width > span.size * GAP_BEHIND;
}
