import { expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import type { ParserEntry } from "../../src/parsers/define-parser.ts";
import { flare } from "../../src/parsers/flare/entry.ts";
import { javadoc } from "../../src/parsers/javadoc/entry.ts";
import { mdx } from "../../src/parsers/mdx/entry.ts";
import type { Parser } from "../../src/parsers/parser.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { sourceOf } from "../support/read-source.ts";
import { runIngestor, SpyEmbedder } from "../support/run-ingestor.ts";
import { SEED } from "../support/seed.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const HISTORIES = Number(process.env.BBJ_TEST_HISTORIES ?? 15);
const HISTORIES_MS_MAX = 600_000;

const WORDS = ["channels", "windows", "records"];
const PLACES = [
  "docs/a",
  "docs/b",
  "docs/sub/a",
  "docs/more/a",
  "more/a",
  "more/sub/a",
  "more/c",
  "extra/a",
  "extra/sub/b",
];
const PATHS = [
  ["docs"],
  ["docs", "more"],
  ["more", "docs"],
  ["docs", "docs/sub"],
  ["docs/sub", "docs"],
  ["*"],
  ["docs", "more", "extra"],
  ["extra", "more/", "./docs"],
];
const LINKS = ["docs/0-link", "docs/sub/0-link", "more/z-link", "docs/0-file", "more/z-file"];
const TARGETS = ["sub", "..", ".", "../more", "../docs", "../extra", "0-link", "../nowhere", "nowhere"];

type Step =
  | { readonly do: "write" | "spoil" | "remove"; readonly place: number; readonly word: number }
  | { readonly do: "link"; readonly link: number; readonly target: number }
  | { readonly do: "unlink"; readonly link: number }
  | { readonly do: "paths"; readonly paths: number; readonly follow: boolean }
  | { readonly do: "run" };

const place = fc.nat(PLACES.length - 1);
const word = fc.nat(WORDS.length - 1);
const link = fc.nat(LINKS.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("write" as const), place, word }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("spoil" as const, "remove" as const), place, word }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("link" as const), link, target: fc.nat(TARGETS.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unlink" as const), link }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("paths" as const), paths: fc.nat(PATHS.length - 1), follow: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.constant({ do: "run" as const }) },
);

/** A kind of file: where it lies, what stands in it, and what it is when nobody can read it. */
type Kind = {
  readonly entry: ParserEntry;
  readonly path: (place: string) => string;
  readonly text: (place: string, word: string) => string;
  /** Undefined: a link to nowhere. */
  readonly spoilt?: string;
};

const KINDS: readonly Kind[] = [
  { entry: mdx, path: (name) => `${name}.md`, text: (name, about) => `# A page\n\n${name} on ${about}.\n` },
  {
    entry: flare,
    path: (name) => name.replace(/^(\w+)\//, "$1/Content/").concat(".htm"),
    text: (name, about) => `<html><body><p>${name} on ${about}.</p></body></html>`,
  },
  {
    entry: javadoc,
    path: (name) => `${name}.json`,
    // Which classes there are depends on the word: they come, go and move to other files.
    text: (name, about) =>
      JSON.stringify({
        name: "p",
        classes: [
          { name: "A", docu: `${name} on ${about}.` },
          { name: about, docu: `${name}.` },
        ],
      }),
    spoilt: '{"name": "p", "cl',
  },
];

test.each(KINDS.map((kind) => [kind.entry.name, kind] as const))(
  `${HISTORIES} histories of files, paths and links of a source of %s end as a fresh ingest does`,
  async (_, kind) => {
    const history = fc.array(step, { minLength: 5, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(history, (steps) => live(kind, steps)),
      { numRuns: HISTORIES, seed: SEED },
    );
  },
  HISTORIES_MS_MAX,
);

async function live(kind: Kind, steps: readonly Step[]): Promise<void> {
  using directory = temporaryDirectory();
  const store = new MemoryStore();
  const at = (path: string) => join(directory.path, path);
  const put = (path: string, make: (path: string) => void) => {
    rmSync(at(path), { recursive: true, force: true });
    mkdirSync(dirname(at(path)), { recursive: true });
    make(at(path));
  };
  for (const folder of ["docs", "more", "extra"]) mkdirSync(at(folder));
  for (const name of ["docs/b", "more/c", "extra/sub/b", "docs/sub/a"]) {
    put(kind.path(name), (path) => writeFileSync(path, kind.text(name, "keys")));
  }
  let [paths, follow] = [PATHS[0] ?? [], false];
  for (const next of [...steps, { do: "run" } as const]) {
    if (next.do === "link" || next.do === "unlink") {
      const name = LINKS[next.link] ?? "";
      const path = name.endsWith("file") ? kind.path(name) : name;
      rmSync(at(path), { recursive: true, force: true });
      const target = next.do === "link" ? (TARGETS[next.target] ?? "") : undefined;
      if (target !== undefined) {
        put(path, (made) => symlinkSync(name.endsWith("file") ? kind.path(`${target}/a`) : target, made));
      }
    } else if (next.do === "paths") {
      [paths, follow] = [PATHS[next.paths] ?? [], next.follow];
    } else if (next.do === "run") {
      await runAndCompare(kind, store, directory.path, paths, follow);
    } else {
      const name = PLACES[next.place] ?? "";
      const path = kind.path(name);
      rmSync(at(path), { recursive: true, force: true });
      if (next.do === "write") put(path, (file) => writeFileSync(file, kind.text(name, WORDS[next.word] ?? "")));
      else if (next.do === "spoil") {
        const { spoilt } = kind;
        put(path, (file) => (spoilt === undefined ? symlinkSync("nowhere", file) : writeFileSync(file, spoilt)));
      }
    }
  }
}

/** A run that succeeds leaves what a fresh one would; one that does not takes nothing from what it could not read. */
async function runAndCompare(
  kind: Kind,
  store: MemoryStore,
  dataDir: string,
  paths: readonly string[],
  follow: boolean,
) {
  const source = sourceOf({ parser: kind.entry.name, dataDir, paths, keys: { follow_links: follow } });
  const loaded = await kind.entry.load({}, source.keys);
  const parser: Parser = {
    ...loaded,
    inputs: (_, context) => loaded.inputs(source, context),
    count: async () => ({ files: 0, bytes: 0, textShare: 1 }),
  };
  const ingest = async (into: MemoryStore) => {
    using directory = temporaryDirectory();
    const world = { store: into, embedder: new SpyEmbedder(), directory: directory.path };
    return await runIngestor({ docs: parser }, world, { maxDelete: 1_000 });
  };
  const before = new Map([...(store.documents.get("docs") ?? [])].map(([url, { write }]) => [url, write.input.path]));
  const { ingestor, result } = await ingest(store);
  const { notes = [], coverage } = ingestor.runs.get("docs") ?? {};
  const after = new Map([...(store.documents.get("docs") ?? [])].map(([url, { write }]) => [url, write.input.path]));
  if (["OK", "UNCHANGED"].includes(result.sources[0]?.status ?? "")) {
    const fresh = new MemoryStore();
    await ingest(fresh);
    expect(store.rows()).toEqual(fresh.rows());
    const again = await ingest(store);
    expect(again.result).toMatchObject({ chunksEmbedded: 0, sources: [{ status: "UNCHANGED" }] });
  } else {
    const failed = new Set(notes.filter(({ kind: how }) => how === "failed").map(({ path }) => path));
    const unread = [...before].filter(([, input]) => failed.has(input));
    expect(unread.filter(([url, input]) => after.get(url) !== input)).toEqual([]);
    expect(coverage?.listed).toBe(true);
  }
}
