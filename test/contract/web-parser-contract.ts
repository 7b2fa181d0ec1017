import { describe, expect, test } from "bun:test";
import type { ParserEntry } from "../../src/parsers/define-parser.ts";
import { type Answer, html, Site, status } from "../parsers/web/site.ts";
import { lookHere } from "../support/parse-input.ts";
import { readAll } from "../support/read-source.ts";
import { MARKUP, proseOf } from "./parser-contract.ts";

/** A parser of web sites under test. */
export type WebParserCase = {
  readonly parser: ParserEntry;
  /** A site that it reads, each page with text. */
  readonly pages: Readonly<Record<string, string>>;
  /** The first page it is given. */
  readonly start: string;
  /** A page with text that leads to no other. */
  readonly leaf: string;
  /** Lines of code that stand on its pages. */
  readonly code: readonly string[];
};

/** What every parser of web sites owes a run, whatever it reads: as parsers of files do. */
export function webParserContract({ parser, pages, start, leaf, code }: WebParserCase): void {
  const withLeaf = (answer: Answer) => new Site({ ...pages, [leaf]: answer });

  describe(`the ${parser.name} parser`, () => {
    test("yields the same inputs and documents in every run, at most one of each address", async () => {
      await using site = new Site({ ...pages });
      const first = await site.read(parser, start);
      expect(first.documents.length).toBeGreaterThan(1);
      expect(first.unlisted).toEqual([]);
      expect(await site.read(parser, start)).toEqual(first);
      expect(new Set(site.paths).size * 2).toBe(site.paths.length);
    });

    test("makes whole documents, no two with the same source_url", async () => {
      await using site = new Site({ ...pages });
      const { documents } = await site.read(parser, start);
      for (const document of documents) {
        expect(document.content).toMatch(/\p{L}/u);
        expect(document.title).not.toBe("");
        expect(document.docType).not.toBe("");
        expect(document.contextHeader).toMatch(/\S/);
        expect(document.contextHeader).not.toContain("\n");
        expect(document.generations.length).toBeGreaterThan(0);
        expect(document.displayUrl).toStartWith(site.url("/"));
      }
      expect(new Set(documents.map(({ sourceUrl }) => sourceUrl)).size).toBe(documents.length);
    });

    test("leaves no markup in prose, and no NULs, carriage returns or half characters anywhere", async () => {
      await using site = withLeaf(
        `${pages[leaf]}`.replaceAll("\n", "\r\n").replace("</body>", "<p>a&#13;b\0&#xD800;&#0;</p></body>"),
      );
      for (const { content } of (await site.read(parser, start)).documents) {
        expect(proseOf(content).filter((line) => MARKUP.test(line))).toEqual([]);
        expect(content).not.toMatch(/[\0\r]/);
        expect(content.isWellFormed()).toBe(true);
      }
    });

    test("keeps every line of code as it stands, in order", async () => {
      await using site = new Site({ ...pages });
      const lines = (await site.read(parser, start)).documents.flatMap(({ content }) => content.split("\n"));
      // In a list its block is indented.
      const found = lines.flatMap((line) => code.filter((wanted) => line.endsWith(wanted)));
      expect(found).toEqual([...code]);
    });

    test("names a page that cannot be read, and reads the others", async () => {
      await using site = new Site({ ...pages });
      const whole = await site.read(parser, start);
      site.pages[leaf] = status(403);
      const { documents, notes, unlisted } = await site.read(parser, start);
      const isLeaf = (url: string) => new URL(url).pathname === leaf;
      expect(documents).toEqual(whole.documents.filter(({ sourceUrl }) => !isLeaf(sourceUrl)));
      expect([...notes.filter(({ kind }) => kind === "failed"), ...unlisted]).toMatchObject([{ path: site.url(leaf) }]);
    });

    test("gives garbage a reason or reads what can be read of it, and reads the others", async () => {
      const garbage = Uint8Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256);
      await using site = withLeaf(() => html(garbage));
      const { documents, notes, unlisted } = await site.read(parser, start);
      const others = new Site({ ...pages });
      const whole = await others.read(parser, start);
      await others[Symbol.asyncDispose]();
      const made = documents.filter(({ sourceUrl }) => new URL(sourceUrl).pathname === leaf);
      const named = [...notes, ...unlisted].filter(({ path }) => path === site.url(leaf));
      expect(made.length + named.length).toBeGreaterThan(0);
      expect(documents.length - made.length).toBe(whole.documents.length - 1);
    });

    test("names pages over the size limit, and nothing of them is parsed", async () => {
      await using site = new Site({ ...pages });
      const { documents, notes, unlisted } = await site.read(parser, start, { context: { fileSizeBytesMax: 1 } });
      expect(documents).toEqual([]);
      expect([...notes, ...unlisted].some(({ reason }) => reason.startsWith("too large"))).toBe(true);
      expect(unlisted.length).toBeGreaterThan(0);
    });

    test("says that it cannot list a site that does not answer", async () => {
      await using site = new Site({});
      const gone = new Site({ ...pages });
      const url = gone.url(start);
      await gone[Symbol.asyncDispose]();
      const settings = { advantage_index_url: url, kb_index_url: url, crawl_base_url: url };
      const { documents, unlisted } = await readAll(parser, site.source(parser), site.context(start, { settings }));
      expect(documents).toEqual([]);
      expect(unlisted).toMatchObject([{ path: new URL("/robots.txt", url).href }]);
    });

    test("stops with the caller's reason when it is aborted", async () => {
      const reason = new Error("Ctrl-C");
      await using site = new Site({ ...pages });
      const aborted = site.read(parser, start, { context: { signal: AbortSignal.abort(reason) } });
      expect(await aborted.catch((error: unknown) => error)).toBe(reason);
      expect(site.asked).toEqual([]);

      const controller = new AbortController();
      const context = site.context(start, { signal: controller.signal });
      const loaded = await parser.load(context.settings ?? {}, {});
      const source = site.source(parser);
      const inputs = loaded.inputs(source, { ...context, ...lookHere(loaded, source, context) });
      const { value } = await inputs.next();
      controller.abort(reason);
      if (value?.kind !== "input") throw new Error("expected an input");
      expect(await value.load().catch((error: unknown) => error)).toBe(reason);
      expect(await inputs.next().catch((error: unknown) => error)).toBe(reason);
    });
  });
}
