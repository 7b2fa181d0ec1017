import { count } from "../../text/words.ts";
import { pageKey, shortUrl } from "./page-url.ts";

/** Why a page that a link or a list leads to is not asked for. */
export type LeftOutReason = keyof typeof REASONS;

/** A page that is named. */
type Named = { readonly kind: "none"; readonly path: string; readonly reason: string };

const REASONS = {
  "other-host": "on another host, which is not asked",
  outside: "outside of the folder that crawl_base_url begins in",
  "other-type": "no page of HTML by its name, so it is not read",
} as const;
/** Of each reason so many by name, and the others by number: a text may have a link in every word. */
const NAMED_MAX = 20;
/** Pages that are told apart; one takes some 40 bytes. */
const SEEN_MAX = 500_000;
const EXAMPLES_MAX = 3;

/** The pages that a crawl came across and does not read, each once. */
export class LeftOut {
  readonly #seen = new Set<number | bigint>();
  readonly #counts = new Map<LeftOutReason, number>();
  readonly #beyond: string[] = [];
  #beyondCount = 0;

  /** Says it where it is new, and one of the first. */
  *name(url: string, reason: LeftOutReason): Generator<Named> {
    if (!this.#isNew(url)) return;
    const found = (this.#counts.get(reason) ?? 0) + 1;
    this.#counts.set(reason, found);
    if (found <= NAMED_MAX) yield { kind: "none", path: url, reason: REASONS[reason] };
  }

  /** Those beside the ones that were named; `start` is the page the crawl begins at. */
  *rest(start: string): Generator<Named> {
    for (const [reason, found] of this.#counts) {
      const more = this.#counted(found - NAMED_MAX);
      if (found > NAMED_MAX)
        yield { kind: "none", path: `${start}#${reason}`, reason: `${more} more: ${REASONS[reason]}` };
    }
  }

  /** A page that a limit leaves out. */
  addBeyond(url: string): void {
    if (!this.#isNew(url)) return;
    this.#beyondCount++;
    if (this.#beyond.length < EXAMPLES_MAX) this.#beyond.push(url);
  }

  /** The pages that a limit leaves out; undefined where there are none. */
  get beyond(): string | undefined {
    if (this.#beyondCount === 0) return undefined;
    return leftPages(this.#beyond, this.#counted(this.#beyondCount), "not read");
  }

  #isNew(url: string): boolean {
    if (this.#seen.size >= SEEN_MAX) return false;
    const before = this.#seen.size;
    return this.#seen.add(Bun.hash(pageKey(url))).size > before;
  }

  #counted(pages: number): string {
    return this.#seen.size >= SEEN_MAX ? `at least ${count(pages)}` : count(pages);
  }
}

/** `2 pages not read: a, b`, `45 pages not asked for: a, b, c ...`. */
export function leftPages(urls: readonly string[], counted: string, what: string): string {
  const examples = urls.slice(0, EXAMPLES_MAX).map(shortUrl);
  const others = counted === String(examples.length) ? "" : " ...";
  return `${counted} page${counted === "1" ? "" : "s"} ${what}: ${examples.join(", ")}${others}`;
}
