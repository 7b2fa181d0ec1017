import { describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closesFence, openFence } from "../../src/text/markdown.ts";
import type { ParserEntry } from "../../src/parsers/define-parser.ts";
import type { Document, Note, SourceEntry } from "../../src/parsers/parser.ts";
import { ParseThreads } from "../../src/ingest/parse-threads.ts";
import { startParseWorker } from "../../src/start-parse-worker.ts";
import { parseInThread } from "../support/parse-input.ts";
import { parseContext, readAll, sourceOf } from "../support/read-source.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** A parser of files under test. */
export type ParserCase = {
  readonly parser: ParserEntry;
  /** A folder with files that it reads, each with text. */
  readonly folder: string;
  /** One of its extensions. */
  readonly extension: string;
  /** The code in a file of the folder, which its document must hold line by line. Left out where files are not text. */
  readonly codeIn?: (file: string) => readonly string[];
};

// What stands in prose of the fixtures only if a parser left it there.
export const MARKUP = /<\/?[A-Za-z][^>]*>|<!--|-->|^import .* from |^export |\{\/\*|^:::|data:image|\{#[\w-]+\}/;

/** What every parser of files owes a run, whatever it reads. */
export function parserContract({ parser, folder, extension, codeIn }: ParserCase): void {
  const source = (dataDir: string) => sourceOf({ name: "docs", parser: parser.name, dataDir });
  const count = async () => (await (await parser.load({}, {})).count?.(source(folder), parseContext()))?.files;

  describe(`the ${parser.name} parser`, () => {
    test("yields its inputs in the order of their paths, the same in every run", async () => {
      const paths = [...(await readAll(parser, source(folder))).fingerprints.keys()];
      expect(paths.length).toBeGreaterThan(0);
      expect(paths).toEqual(paths.toSorted((one, other) => (one < other ? -1 : 1)));
      expect([...(await readAll(parser, source(folder))).fingerprints.keys()]).toEqual(paths);
      expect(await count()).toBe(paths.length);
    });

    test("makes the same in a Worker, which is given all that it needs", async () => {
      const loaded = await parser.load({}, {});
      using directory = temporaryDirectory();
      cpSync(folder, join(directory.path, "docs"), { recursive: true });
      const entry = { ...source(directory.path), paths: ["docs"] };
      using threads = new ParseThreads({ start: startParseWorker });
      const documents: Document[] = [];
      const notes: Note[] = [];
      const { notes: expectedNotes, documents: expected } = await readAll(parser, entry);
      const inputs = await Array.fromAsync(loaded.inputs(entry, parseContext()), async (input) =>
        input.kind === "input" ? await input.load() : undefined,
      );
      // What it would look up there is gone.
      rmSync(join(directory.path, "docs"), { recursive: true });
      for (const input of inputs) {
        if (input === undefined) continue;
        const made = await parseInThread(threads, loaded, entry, input);
        documents.push(...made.documents);
        notes.push(...made.notes);
      }
      expect(documents.length).toBeGreaterThan(0);
      expect(documents).toEqual([...expected]);
      expect(notes).toEqual(expectedNotes.filter(({ path }) => path !== ""));
    });

    test("makes the same documents and fingerprints wherever the corpus lies", async () => {
      using directory = temporaryDirectory();
      cpSync(folder, directory.path, { recursive: true });
      expect(await readAll(parser, source(directory.path))).toEqual(await readAll(parser, source(folder)));
    });

    test("makes the same documents and fingerprints however accents in names are written", async () => {
      // As macOS and as Linux write them; a path of the source may be written the other way.
      const written = async (onDisk: string, configured: string) => {
        using directory = temporaryDirectory();
        const [disk, paths] = [`Übung/é`.normalize(onDisk), [`Übung/é`.normalize(configured)]];
        cpSync(folder, join(directory.path, disk), { recursive: true });
        for (const path of filesIn(join(directory.path, disk), extension)) {
          renameSync(path, path.replace(/(?=\.\w+$)/, "-ñ".normalize(onDisk)));
        }
        return await readAll(parser, { ...source(directory.path), paths });
      };
      const expected = await written("NFC", "NFC");
      expect(expected.documents.length).toBeGreaterThan(0);
      for (const [onDisk, configured] of [
        ["NFD", "NFC"],
        ["NFC", "NFD"],
        ["NFD", "NFD"],
      ] as const) {
        expect(await written(onDisk, configured)).toEqual(expected);
      }
    });

    test("makes whole documents, no two with the same source_url", async () => {
      const { documents } = await readAll(parser, source(folder));
      for (const document of documents) {
        expect(document.content).toMatch(/\p{L}/u);
        expect(document.title).not.toBe("");
        expect(document.docType).not.toBe("");
        expect(document.contextHeader).toMatch(/\S/);
        expect(document.contextHeader).not.toContain("\n");
        expect(document.generations.length).toBeGreaterThan(0);
      }
      expect(new Set(documents.map(({ sourceUrl }) => sourceUrl)).size).toBe(documents.length);
    });

    test("leaves no markup in prose, and no NULs, carriage returns or half characters anywhere", async () => {
      const { documents } = await readAll(parser, source(folder));
      for (const { content } of documents) {
        expect(proseOf(content).filter((line) => MARKUP.test(line))).toEqual([]);
        expect(content).not.toMatch(/[\0\r]/);
        expect(content.isWellFormed()).toBe(true);
      }
    });

    test("names every file that makes no document", async () => {
      const { notes, silent } = await readAll(parser, source(folder));
      expect(silent).toEqual([]);
      for (const { reason } of notes) expect(reason).not.toBe("");
    });

    test("names a file that it cannot read, and reads the others", async () => {
      using directory = temporaryDirectory();
      cpSync(folder, directory.path, { recursive: true });
      symlinkSync("nowhere", join(directory.path, `a-broken${extension}`));
      const broken = await readAll(parser, source(directory.path));
      const whole = await readAll(parser, source(folder));
      expect(broken.notes.filter(({ path }) => path === `a-broken${extension}`)).toMatchObject([{ kind: "failed" }]);
      expect(broken.documents).toEqual(whole.documents);
    });

    test("gives garbage a reason, and reads the others", async () => {
      using directory = temporaryDirectory();
      cpSync(folder, directory.path, { recursive: true });
      const garbage = Uint8Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256);
      writeFileSync(join(directory.path, `z-garbage${extension}`), garbage);
      const { documents, notes } = await readAll(parser, source(directory.path));
      const made = documents.filter(({ sourceUrl }) => sourceUrl.includes("z-garbage"));
      expect(made.length + notes.filter(({ path }) => path === `z-garbage${extension}`).length).toBeGreaterThan(0);
      expect(documents.length - made.length).toBe((await readAll(parser, source(folder))).documents.length);
    });

    test("names a file over the size limit, and nothing of it is parsed", async () => {
      const { documents, notes } = await readAll(parser, source(folder), parseContext({ fileSizeBytesMax: 1 }));
      expect(documents).toEqual([]);
      expect(notes.every(({ kind, reason }) => kind === "failed" && reason.startsWith("too large"))).toBe(true);
      expect(notes.length).toBe((await count()) ?? -1);
    });

    test("says which directory it cannot list", async () => {
      const { unlisted } = await readAll(parser, { ...source(folder), paths: ["gone", "."] });
      expect(unlisted).toMatchObject([{ path: "gone" }]);
    });

    test("stops with the caller's reason when it is aborted", async () => {
      const reason = new Error("Ctrl-C");
      const context = parseContext({ signal: AbortSignal.abort(reason) });
      expect(await readAll(parser, source(folder), context).catch((error: unknown) => error)).toBe(reason);

      const controller = new AbortController();
      const loaded = await parser.load({}, {});
      const inputs = loaded.inputs(source(folder), parseContext({ signal: controller.signal }));
      const { value } = await inputs.next();
      controller.abort(reason);
      if (value?.kind !== "input") throw new Error("expected an input");
      expect(await value.load().catch((error: unknown) => error)).toBe(reason);
      await inputs.return(undefined);
    });

    const urlsOf = async (entry: Partial<SourceEntry> & { dataDir: string }, context = parseContext()) =>
      (await readAll(parser, { ...source(entry.dataDir), ...entry }, context)).documents.map(
        ({ sourceUrl }) => sourceUrl,
      );

    test("names documents by their own paths, whatever links lead to them", async () => {
      using directory = temporaryDirectory();
      const dataDir = directory.path;
      const paths = ["corpus"];
      cpSync(folder, join(dataDir, "corpus"), { recursive: true });
      const whole = await readAll(parser, { ...source(dataDir), paths });
      symlinkSync("..", join(dataDir, "corpus", "0-loop"));
      symlinkSync(".", join(dataDir, "corpus", "1-self"));
      const [file = ""] = whole.inputs.values();
      symlinkSync(file.slice("corpus/".length), join(dataDir, "corpus", `2-same${extension}`));
      mkdirSync(join(dataDir, "corpus", "3-folder"));
      symlinkSync(join("..", file.slice("corpus/".length)), join(dataDir, "corpus", "3-folder", `same${extension}`));
      const linked = await readAll(parser, { ...source(dataDir), paths });
      expect(linked.documents).toEqual(whole.documents);
      expect([...linked.fingerprints]).toEqual(expect.arrayContaining([...whole.fingerprints]));
      expect(linked.notes.filter(({ path }) => /\d-/.test(path))).toMatchObject([
        { kind: "skipped", path: "corpus/0-loop" },
        { kind: "skipped", path: "corpus/1-self" },
      ]);
      expect(linked.unlisted).toEqual([]);
    });

    test("reads what links out of its folder lead to only where the source says so, and names it", async () => {
      using directory = temporaryDirectory();
      const dataDir = directory.path;
      const paths = ["corpus"];
      for (const name of ["corpus", "outside"]) cpSync(folder, join(dataDir, name), { recursive: true });
      const whole = await readAll(parser, { ...source(dataDir), paths });
      const [file = ""] = whole.inputs.values();
      symlinkSync("../outside", join(dataDir, "corpus", "z-out"));
      symlinkSync(join("..", file.replace(/^corpus/, "outside")), join(dataDir, "corpus", `z-out${extension}`));
      const unfollowed = await readAll(parser, { ...source(dataDir), paths });
      expect(unfollowed.documents).toEqual(whole.documents);
      const named = unfollowed.notes.filter(({ path }) => path.startsWith("corpus/z-out"));
      expect(named.map(({ kind, path }) => `${kind} ${path}`).toSorted()).toEqual([
        "skipped corpus/z-out",
        `skipped corpus/z-out${extension}`,
      ]);
      const followed = await urlsOf({ dataDir, paths, keys: { follow_links: true } });
      expect(new Set(followed).size).toBe(followed.length);
      expect(followed.length).toBe(whole.documents.length * 2);
      expect(followed.slice(0, whole.documents.length)).toEqual(whole.documents.map(({ sourceUrl }) => sourceUrl));
    });

    test("names documents alike however many paths there are, and however they are written", async () => {
      using directory = temporaryDirectory();
      const dataDir = directory.path;
      for (const name of ["one", "two", "three"]) cpSync(folder, join(dataDir, name), { recursive: true });
      const alone = await urlsOf({ dataDir, paths: ["one"] });
      for (const path of ["./one", "one/", "two/../one"]) {
        expect(await urlsOf({ dataDir, paths: [path] })).toEqual(alone);
        expect(await urlsOf({ dataDir, paths: [path, "one"] })).toEqual(alone);
      }
      const two = await urlsOf({ dataDir, paths: ["one", "two"] });
      const three = await urlsOf({ dataDir, paths: ["one", "two", "three"] });
      expect(two.slice(0, alone.length)).toEqual(alone);
      expect(three.slice(0, two.length)).toEqual(two);
      expect(new Set(three).size).toBe(alone.length * 3);
      expect(await urlsOf({ dataDir: join(dataDir, "."), paths: ["one", "two"] })).toEqual(two);
    });

    test("names documents alike when others beside them cannot be read", async () => {
      using directory = temporaryDirectory();
      const dataDir = directory.path;
      const entry = { ...source(dataDir), paths: ["one", "two"] };
      for (const name of entry.paths) cpSync(folder, join(dataDir, name), { recursive: true });
      const { inputs, fingerprints } = await readAll(parser, entry);
      const context = parseContext({ storedInput: (url) => inputs.get(url) });
      const inTwo = (all: ReadonlyMap<string, string>) =>
        [...all].filter(([one, other]) => one.startsWith("two/") || other.startsWith("two/"));

      // Its folder is gone.
      renameSync(join(dataDir, "one"), join(dataDir, "away"));
      const gone = await readAll(parser, entry, context);
      expect(gone.unlisted).toMatchObject([{ path: "one" }]);
      expect(inTwo(gone.inputs)).toEqual(inTwo(inputs));

      // One of its files is.
      renameSync(join(dataDir, "away"), join(dataDir, "one"));
      const [file = ""] = inputs.values();
      rmSync(join(dataDir, file));
      symlinkSync("nowhere", join(dataDir, file));
      const torn = await readAll(parser, entry, context);
      expect(torn.notes.filter(({ path }) => path === file)).toMatchObject([{ kind: "failed" }]);
      expect(inTwo(torn.inputs)).toEqual(inTwo(inputs));
      expect(inTwo(torn.fingerprints)).toEqual(inTwo(fingerprints));
    });

    if (codeIn === undefined) return;

    test("keeps every line of code, in order", async () => {
      const { documents } = await readAll(parser, source(folder));
      for (const { sourceUrl, content } of documents) {
        const file = await Bun.file(join(folder, sourceUrl.replace(/^\w+:\/\//, ""))).text();
        const lines = content.split("\n");
        let from = 0;
        for (const line of codeIn(file)) {
          const at = lines.indexOf(line, from);
          expect({ sourceUrl, line, found: at >= 0 }).toEqual({ sourceUrl, line, found: true });
          from = at + 1;
        }
      }
    });
  });
}

function filesIn(folder: string, extension: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(extension)).map((name) => join(folder, name));
}

/** The lines of the code blocks in Markdown, with their fences. */
export function fencedLines(markdown: string): string[] {
  return linesOf(markdown).flatMap(({ line, isCode }) => (isCode ? [line] : []));
}

/** Lines outside of fences, without inline code. */
export function proseOf(markdown: string): string[] {
  return linesOf(markdown).flatMap(({ line, isCode }) => (isCode ? [] : [line.replace(/`[^`]*`/g, "")]));
}

/** The lines of Markdown; code blocks include their fences. */
function linesOf(markdown: string): { readonly line: string; readonly isCode: boolean }[] {
  let fence: ReturnType<typeof openFence>;
  return markdown.split("\n").map((line) => {
    const wasOpen = fence !== undefined;
    if (fence === undefined) fence = openFence(line);
    else if (closesFence(line, fence)) fence = undefined;
    return { line, isCode: wasOpen || fence !== undefined };
  });
}
