import type { ScannedChunk, Store } from "../store/store.ts";
import { headingOf } from "../text/markdown.ts";
import { SENTENCE_END } from "../text/sentences.ts";
import { Candidate, type EvalCase, matcher } from "./eval-case.ts";

/** What a question is made of; also its tag. */
const KINDS = ["heading", "page", "member"] as const;
type Kind = (typeof KINDS)[number];

type Made = {
  readonly kind: Kind;
  /** As it stands in the chunk. */
  readonly text: string;
  readonly query: string;
  readonly page: string;
  readonly sourceUrl: string;
  /** The smaller, the earlier it is drawn. */
  readonly lot: string;
};

type GenerateOptions = { readonly number: number; readonly seed: number };

const WORDS_MIN = 3;
const CHARACTERS_MAX = 240;
/** Pages that are looked at for each question that is wanted of a kind: most of them have an answer left. */
const LOOKED_AT = 4;
const SENTENCE = /[.!?。！？]\W*$/u;
/** Often without a mark at its end. */
const DESCRIPTION = /[\p{L}\p{N}]$|[.!?。！？]\W*$/u;
/** Words that say nothing of what is asked for. */
const COMMON = new Set(
  "the and for are was its this that with from into when which what how has have can will not all any you your they them use used using one per".split(
    " ",
  ),
);

/**
 * Makes questions of a corpus: of headings within pages, of the first sentences of pages (their descriptions, where they
 * have one), and of the first sentences of members of an API. The own words of a question never answer it: chunks that have its text
 * are passed over, what counts is the rest of the page; and a question is not asked when a chunk of that rest has all of
 * its words, or when its text stands on another page, too. The same seed gives the same questions of the same corpus, in
 * whatever order its chunks come, which are asked for twice.
 */
export async function generateCases(
  scan: () => ReturnType<Store["scan"]>,
  { number, seed }: GenerateOptions,
): Promise<EvalCase[]> {
  const drawn = (await candidatesOf(scan(), seed)).toSorted((a, b) => (a.lot < b.lot ? -1 : 1));
  const looked = KINDS.map((kind) => drawn.filter((made) => made.kind === kind).slice(0, LOOKED_AT * number));
  const pages = await pagesOf(scan(), new Set(looked.flat().map(({ page }) => page)));
  const queues = looked.map((some) => some.flatMap((made) => caseOf(made, pages.get(made.page) ?? []) ?? []));
  const cases: EvalCase[] = [];
  const most = Math.max(0, ...queues.map(({ length }) => length));
  for (let turn = 0; turn < most && cases.length < number; turn++) {
    cases.push(...queues.flatMap((queue) => queue[turn] ?? []).slice(0, number - cases.length));
  }
  return cases;
}

/** Every text that a question could be made of, but for those that stand on several pages. */
async function candidatesOf(scan: AsyncIterable<ScannedChunk[]>, seed: number): Promise<Made[]> {
  const byText = new Map<string, Made | undefined>();
  for await (const chunks of scan) {
    for (const chunk of chunks) {
      for (const [kind, text] of textsOf(chunk)) {
        const query = plain(text);
        if (query.length > CHARACTERS_MAX || wordsOf(query).size < WORDS_MIN) continue;
        const page = pageOf(chunk);
        const before = byText.get(query);
        // The heading of two chunks of one page is one.
        if (before?.page === page && before.kind === kind) continue;
        const lot = hash(`${seed}\n${kind}\n${page}\n${query}`);
        byText.set(query, byText.has(query) ? undefined : { kind, text, query, page, sourceUrl: chunk.sourceUrl, lot });
      }
    }
  }
  return [...byText.values()].filter((made) => made !== undefined);
}

function textsOf({ contextHeader, title, chunkIndex, content }: ScannedChunk): [Kind, string][] {
  const text = content.startsWith(contextHeader) ? content.slice(contextHeader.length) : content;
  const blocks = text
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter((block) => block !== "");
  const heading = headingIn(contextHeader, title);
  const [first = ""] = blocks;
  const opening = chunkIndex === 0 ? firstSentence(first, DESCRIPTION) : undefined;
  const members = blocks.flatMap((block, index) => {
    const above = headingOf(blocks[index - 1] ?? "")?.text ?? "";
    const sentence = isMember(above) ? firstSentence(block) : undefined;
    return sentence === undefined ? [] : [sentence];
  });
  return [
    ...(heading === undefined ? [] : [["heading", heading] satisfies [Kind, string]]),
    ...(opening === undefined ? [] : [["page", opening] satisfies [Kind, string]]),
    ...members.map((sentence): [Kind, string] => ["member", sentence]),
  ];
}

/** The innermost heading that a context header has behind the title. */
function headingIn(contextHeader: string, title: string): string | undefined {
  const at = contextHeader.lastIndexOf(title);
  if (title === "" || at < 0) return undefined;
  return contextHeader
    .slice(at + title.length)
    .split(" > ")
    .slice(1)
    .at(-1);
}

/** A heading that is code, as members of an API have. */
function isMember(heading: string): boolean {
  return /^`[^`]+`$/.test(heading.trim());
}

/** Of a paragraph; undefined for what is none. */
function firstSentence(block: string, end = SENTENCE): string | undefined {
  if (!/^[\p{L}*_[`"'(]/u.test(block) || /^(```|~~~|\* |\[[^\]]*\]:)/.test(block)) return undefined;
  const [sentence = ""] = block.split(SENTENCE_END);
  return end.test(sentence) ? sentence : undefined;
}

function plain(markdown: string): string {
  return markdown
    .replace(/!?\[([^[\]]*)\]\([^()]*\)/g, "$1")
    .replace(/[*`]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

async function pagesOf(
  scan: AsyncIterable<ScannedChunk[]>,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly ScannedChunk[]>> {
  const pages = new Map<string, ScannedChunk[]>();
  for await (const chunks of scan) {
    for (const chunk of chunks) {
      const page = pageOf(chunk);
      if (!wanted.has(page)) continue;
      const known = pages.get(page);
      if (known === undefined) pages.set(page, [chunk]);
      else known.push(chunk);
    }
  }
  return pages;
}

/** Undefined when nothing is left of the page that may answer. */
function caseOf({ kind, text, query, page, sourceUrl }: Made, chunks: readonly ScannedChunk[]): EvalCase | undefined {
  const expect = [{ sourceUrl }];
  const ignore = [{ sourceUrl, contentContains: text }];
  const isIgnored = matcher(ignore);
  const rest = chunks.filter((chunk) => !isIgnored(new Candidate(chunk)));
  const asked = wordsOf(query);
  if (rest.length === 0 || rest.some(({ content }) => asked.isSubsetOf(wordsOf(content)))) return undefined;
  return { id: `${kind}-${hash(`${page}\n${query}`).slice(0, 8)}`, query, expect, ignore, tags: [kind] };
}

/** The words that say something, without the endings that full text drops first. */
function wordsOf(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
  return new Set(words.filter((word) => !COMMON.has(word)).map((word) => word.replace(/(?:s|es|ed|ing)$/, "")));
}

function pageOf({ sourceName, sourceUrl }: ScannedChunk): string {
  return `${sourceName}\n${sourceUrl}`;
}

function hash(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
