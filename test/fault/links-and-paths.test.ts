import { expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import { embeddedLane, type Lane, serverLane } from "../support/databases.ts";
import type { Scene } from "../support/scene.ts";
import { withScenes } from "../support/scenes.ts";

/** A source as it is at one time: links say where they lead to. */
type State = {
  readonly parser: string;
  readonly paths: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly followLinks?: boolean;
};

const page = (name: string) => `# ${name}\n\nWhat there is to say of ${name}.\n`;
const pages = (...names: string[]) => Object.fromEntries(names.map((name) => [name, page(name)]));
const topic = (name: string) => `<html><body><h1>${name}</h1><p>On ${name}.</p></body></html>`;
const project = (folder: string, ...names: string[]) =>
  Object.fromEntries([
    [`${folder}/P.flprj`, "<CatapultProject />"],
    ...names.map((name) => [`${folder}/Content/${name}`, topic(`${folder} ${name}`)]),
  ]);
const classes = (packageName: string, ...names: string[]) =>
  JSON.stringify({ name: packageName, classes: names.map((name) => ({ name, docu: `${name} of it.` })) });
const MANY = Array.from({ length: 24 }, (_, index) => `docs/p${index}.md`);

async function ingest(
  scene: Scene,
  { parser, paths, files, links = {}, followLinks = false }: State,
  args: string[] = [],
) {
  const corpus = join(scene.directory, "corpus");
  rmSync(corpus, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(corpus, path)), { recursive: true });
    writeFileSync(join(corpus, path), text);
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(corpus, path)), { recursive: true });
    symlinkSync(target, join(corpus, path));
  }
  const sourcesFile = [
    'data_dir = "corpus"\n[[sources]]\nname = "docs"',
    `parser = ${JSON.stringify(parser)}\npaths = ${JSON.stringify(paths)}\nfollow_links = ${followLinks}\n`,
  ].join("\n");
  const { exitCode, events } = await scene.run({ sourcesFile, args });
  const end = events.find(({ type }) => type === "source_end");
  const urls = (await scene.documents()).map((line) => String(JSON.parse(line).source_url));
  return { exitCode, embedded: end?.embedded, removed: end?.removed, reason: end?.reason, urls: new Set(urls) };
}

const MDX = { parser: "mdx", paths: ["docs"], files: pages(...MANY) };
const HELP = { parser: "flare", paths: ["."], files: project("Help", "a.htm", "b.htm") };
const API = {
  parser: "javadoc",
  paths: ["api"],
  files: {
    "api/a.json": classes("p", "A", "B"),
    "api/b.json": classes("p", "A"),
    "api/c.json": classes("p", "A", "C"),
  },
};

/** What changes in a corpus that is there, and how many texts that may cost. */
const STEPS: readonly (readonly [what: string, before: State, after: State, embedded: number])[] = [
  [
    "a second path",
    MDX,
    { ...MDX, paths: ["docs", "more"], files: { ...MDX.files, ...pages("more/p1.md", "more/x.md") } },
    2,
  ],
  ["a path written otherwise", MDX, { ...MDX, paths: ["./docs/"] }, 0],
  [
    "a nested path",
    { ...MDX, files: pages("docs/a.md", "docs/sub/b.md") },
    { ...MDX, paths: ["docs", "docs/sub"], files: pages("docs/a.md", "docs/sub/b.md") },
    0,
  ],
  [
    "a link to a folder of its own",
    { ...MDX, files: pages("docs/sub/a.md") },
    { ...MDX, files: pages("docs/sub/a.md"), links: { "docs/a-link": "sub" } },
    0,
  ],
  ["a loop", MDX, { ...MDX, links: { "docs/0-loop": "..", "docs/z": "." } }, 0],
  [
    "a link out of it",
    { ...MDX, files: { ...MDX.files, ...pages("else/a.md") } },
    {
      ...MDX,
      files: { ...MDX.files, ...pages("else/a.md") },
      links: { "docs/else": "../else", "docs/0.md": "../else/a.md" },
    },
    0,
  ],
  [
    "a link that is followed",
    { ...MDX, files: { ...MDX.files, ...pages("else/a.md") } },
    { ...MDX, files: { ...MDX.files, ...pages("else/a.md") }, links: { "docs/else": "../else" }, followLinks: true },
    1,
  ],
  ["a second project", HELP, { ...HELP, files: { ...HELP.files, ...project("More", "a.htm", "c.htm") } }, 2],
  [
    "a second project by name",
    { ...HELP, paths: ["Help"] },
    { ...HELP, paths: ["Help", "More"], files: { ...HELP.files, ...project("More", "a.htm", "c.htm") } },
    2,
  ],
  [
    "another file with a class of the same name",
    API,
    { ...API, files: { ...API.files, "api/d.json": classes("p", "A", "D") } },
    1,
  ],
];

function testLinksAndPaths<Choice extends DatabaseChoice>(lane: Lane<Choice>): void {
  withScenes(lane, "links and paths", (scene, reference) => {
    test.each(STEPS)(
      "%s renames nothing, and the corpus is that of a fresh ingest",
      async (_, before, after, embedded) => {
        await scene().reset();
        const first = await ingest(scene(), before);
        expect(first.exitCode).toBe(0);
        const then = await ingest(scene(), after);
        expect(then).toMatchObject({ exitCode: 0, embedded, removed: 0 });
        expect([...first.urls].filter((url) => !then.urls.has(url))).toEqual([]);
        await reference().reset();
        await ingest(reference(), after);
        expect(await scene().rows()).toEqual(await reference().rows());
        // And back again.
        expect(await ingest(scene(), before)).toMatchObject({ exitCode: 0, embedded: 0, urls: first.urls });
        await reference().reset();
        await ingest(reference(), before);
        expect(await scene().rows()).toEqual(await reference().rows());
      },
    );

    test("the first path may go, and paths may change places", async () => {
      await scene().reset();
      const both = { ...MDX, paths: ["more", "docs"], files: { ...MDX.files, ...pages("more/p1.md", "more/x.md") } };
      await ingest(scene(), both);
      for (const paths of [["docs", "more"], ["docs"], ["more", "docs"], ["docs"]]) {
        const state = { ...both, paths };
        expect(await ingest(scene(), state)).toMatchObject({ exitCode: 0 });
        await reference().reset();
        await ingest(reference(), state);
        expect(await scene().rows()).toEqual(await reference().rows());
      }
    });

    test.each([
      ["malformed", (files: typeof API.files) => ({ files: { ...files, "api/a.json": '{"name": "p", "cl' } })],
      [
        "a link to nowhere",
        ({ "api/a.json": _, ...files }: typeof API.files) => ({ files, links: { "api/a.json": "gone" } }),
      ],
    ])("a class keeps its number while the first of its files is %s", async (_, spoilt) => {
      for (const args of [[], ["--clean"]]) {
        await scene().reset();
        await ingest(scene(), API);
        const rows = await scene().chunks();
        const torn = await ingest(scene(), { ...API, ...spoilt(API.files) }, args);
        expect(torn.exitCode).toBe(1);
        expect(await scene().chunks()).toEqual(rows);
        expect(await ingest(scene(), API)).toMatchObject({ exitCode: 0, embedded: 0 });
        await reference().reset();
        await ingest(reference(), API);
        expect(await scene().rows()).toEqual(await reference().rows());
      }
    });
  });
}

testLinksAndPaths(embeddedLane);
testLinksAndPaths(serverLane);
