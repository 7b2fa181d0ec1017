// Makes sets of questions with known answers from a corpus, for `bbj-ingest-all eval`, and the corpus that they are asked of: a copy
// without the descriptions that are the questions of the first set.
// bun test/bench/search-sets.ts CORPUS OUT
//   CORPUS  a folder with sources.toml
//   OUT     a new folder: corpus/, descriptions.jsonl, members.jsonl, typed.jsonl, and the sets of questions/
// Half of each set is tagged `tune`, the other half `held`.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { randomFrom } from "../support/random.ts";

const HAND_WRITTEN = join(import.meta.dir, "questions");
const [DESCRIPTIONS, MEMBERS, NAMES_A_SHAPE] = [300, 200, 12];
/** Of a token that is worth asking for. */
const CHUNKS_OF_A_NAME_MAX = 3;

type Expected = { readonly source_url?: string; readonly source?: string; readonly content_contains?: string };
type Question = { readonly query: string; readonly expect: readonly Expected[]; readonly tags: readonly string[] };
type Member = { readonly owner: string; readonly name: string; readonly expect: readonly Expected[] };

const documentShape = z.object({
  type: z.literal("document"),
  source: z.string(),
  source_url: z.string(),
  title: z.string(),
  chunks: z.array(z.object({ content: z.string(), context_header: z.string() })),
});
type Page = z.infer<typeof documentShape>;
const sourcesShape = z.object({
  sources: z.array(z.object({ name: z.string(), parser: z.string(), paths: z.array(z.string()) })),
});

const [corpus = "", out = ""] = process.argv.slice(2);
const copy = join(out, "corpus");
cpSync(corpus, copy, { recursive: true });
const random = randomFrom(12);
const taken = takeDescriptions();
const pages = parse();

write("descriptions", descriptions());
const members = [...javadocMembers(), ...sourceMembers()];
write(
  "members",
  draw(members, MEMBERS).map(({ owner, name, expect }) => ({ query: `${owner} ${name}`, expect, tags: ["member"] })),
);
write("typed", [...typedMembers(), ...names()]);
const handWritten = z.object({
  query: z.string(),
  expect: z.array(z.object({ source_url: z.string() })),
  tags: z.array(z.string()),
});
for (const name of readdirSync(HAND_WRITTEN)) {
  const lines = readFileSync(join(HAND_WRITTEN, name), "utf8").trim().split("\n");
  write(
    basename(name, ".jsonl"),
    lines.map((line) => handWritten.parse(JSON.parse(line))),
  );
}

/** Takes what pages say of themselves out of the copy; by source and path. */
function takeDescriptions(): Map<string, string> {
  const texts = new Map<string, string>();
  const { sources } = sourcesShape.parse(Bun.TOML.parse(readFileSync(join(copy, "sources.toml"), "utf8")));
  for (const { name, parser, paths } of sources) {
    const pattern = {
      mdx: /^description:[ \t]*(.*(?:\n[ \t]+.*)*)\n/m,
      flare: /<meta name="description" content="([^"]*)"\s*\/>/,
    }[parser];
    if (pattern === undefined) continue;
    for (const path of paths) {
      for (const file of new Bun.Glob("**/*.{md,mdx,htm}").scanSync(join(copy, path))) {
        const text = readFileSync(join(copy, path, file), "utf8");
        const description = pattern.exec(text)?.[1];
        if (description === undefined) continue;
        writeFileSync(join(copy, path, file), text.replace(pattern, ""));
        texts.set(`${name} ${file}`, plain(description));
      }
    }
  }
  return texts;
}

function plain(description: string): string {
  const text = description.replace(/^[>|]-?\s*\n/, "").replace(/^(["'])([^]*)\1$/, "$2");
  return text
    .replaceAll(/&#?\w+;/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function parse(): Page[] {
  const cli = join(import.meta.dir, "../../src/cli.ts");
  const args = [
    "parse",
    "--json",
    "--full",
    "--limit",
    "1000000",
    "--config",
    join(copy, "sources.toml"),
    "--data-dir",
    copy,
  ];
  const { stdout } = Bun.spawnSync(["bun", cli, ...args], { maxBuffer: 1 << 30, stderr: "ignore" });
  return stdout
    .toString()
    .split("\n")
    .flatMap((line) => (line === "" ? [] : (documentShape.safeParse(JSON.parse(line)).data ?? [])));
}

/** Of pages that do not say the same in their text. */
function descriptions(): Question[] {
  const questions = new Map<string, Expected[]>();
  for (const { source, source_url, chunks } of pages) {
    const description = taken.get(`${source} ${source_url.replace(/^[\w-]+:\/\//, "")}`);
    if (description === undefined || description.split(" ").length < 4) continue;
    const text = words(chunks.map(({ content }) => content).join(" "));
    if (text.includes(words(description))) continue;
    questions.set(description, [...(questions.get(description) ?? []), { source, source_url }]);
  }
  return draw([...questions], DESCRIPTIONS).map(([query, expect]) => ({ query, expect, tags: ["description"] }));
}

function words(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, " ");
}

/** Two of each class at most. */
function javadocMembers(): Member[] {
  return pages
    .filter(({ source }) => source === "javadoc")
    .flatMap(({ title: owner, source_url, chunks }) => {
      const headings = chunks.flatMap(({ content }) =>
        [...content.matchAll(/^### `(\w+)\(/gm)].map(([, name = ""]) => name),
      );
      const own = [...new Set(headings)].filter((name) => name !== owner);
      return draw(own, 2).map((name) => ({
        owner,
        name,
        expect: [{ source_url, content_contains: `### \`${name}(` }],
      }));
    });
}

function sourceMembers(): Member[] {
  const declared = pages
    .filter(({ source }) => source === "bbj-source")
    .flatMap(({ source_url, chunks }) =>
      chunks.flatMap(({ content, context_header }) => {
        const owner = /> (\w+)$/.exec(context_header)?.[1];
        const own = [...content.matchAll(/^\s*method \w+ (?:static )?\S+ (\w+)\(/gm)].map(([, name = ""]) => name);
        return owner === undefined ? [] : draw(own, 1).map((name) => ({ owner, name, source_url, content }));
      }),
    );
  return draw(declared, MEMBERS / 4).map(({ owner, name, source_url, content }) => {
    const declaration = /^\s*(method [^\n]*)$/m;
    const line = content.split("\n").find((each) => declaration.test(each) && each.includes(` ${name}(`)) ?? "";
    return { owner, name, expect: [{ source_url, content_contains: line.trim() }] };
  });
}

/** As people type them. */
function typedMembers(): Question[] {
  const forms: readonly (readonly [string, (owner: string, name: string) => string])[] = [
    ["dot", (owner, name) => `${owner}.${name}`],
    ["dot", (owner, name) => `${owner}.${name}()`],
    ["colons", (owner, name) => `${owner}::${name}`],
    ["bang", (owner, name) => `${owner}!.${name}(...)`],
    ["bang", (owner, name) => `${owner}!.${name}(value$, flag%)`],
    ["asked", (owner, name) => `how do I use ${owner}.${name}()?`],
    ["asked", (owner, name) => `what does ${name} of ${owner} do`],
    ["asked", (owner, name) => `"${owner}.${name}" example`],
    ["lower", (owner, name) => `${owner}.${name}`.toLowerCase()],
  ];
  const typed = draw(members, MEMBERS / 2).flatMap(({ owner, name, expect }, index) => {
    const [tag, form] = forms[index % forms.length] ?? ["dot", (one: string) => one];
    return { query: form(owner, name), expect, tags: ["typed", `typed-${tag}`] };
  });
  // A bare name is a question with an answer where few have it.
  const counts = Map.groupBy(members, ({ name }) => name);
  const rare = members.filter(
    ({ name }) => counts.get(name)?.length === 1 && chunksWith(`${name}(`) <= CHUNKS_OF_A_NAME_MAX,
  );
  const bare = draw(rare, 40).map(({ name }, index) => ({
    query: [name, `${name}()`, `.${name}(`, `the ${name} method`][index % 4] ?? name,
    expect: [{ content_contains: `${name}(` }],
    tags: ["typed", "typed-bare"],
  }));
  return [...typed, ...bare];
}

/** Names that few chunks have, of all shapes there are, alone and within a question. */
function names(): Question[] {
  const shapes: Readonly<Record<string, RegExp>> = {
    constant: /\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/g,
    option: /(?<![\w-])--[a-z][a-z0-9-]+\b/g,
    path: /(?<![\w/:.])[\w.-]+\/[\w.-]+\/[\w/-]+\.\w+\b/g,
    file: /(?<![\w/.-])[\w-]+\.(?:bbj|md|java|xml|htm|css|arc|properties|json|py)\b/g,
    property: /(?<![\w/.-])[a-z]+(?:\.[a-z]+){2,}\b(?![/.])/g,
    annotation: /(?<!\w)@[A-Z]\w+\b/g,
    hexadecimal: /\$[0-9A-F]{2,}\$|X'[0-9A-F]+'/g,
    token: /%\([\w #?]+\)/g,
    tag: /<[a-z]+-[a-z-]+>/g,
    field: /#[A-Z]\w+!/g,
    variable: /\b[A-Za-z]{4,}!\.\w+\(/g,
    scope: /\b[A-Z]\w+::\w+/g,
    error: /!ERROR ?= ?\d+|\berror:? \d+/gi,
  };
  return Object.entries(shapes).flatMap(([shape, pattern]) => {
    const rare = [
      ...new Set(pages.flatMap(({ chunks }) => chunks.flatMap(({ content }) => content.match(pattern) ?? []))),
    ];
    const asked = draw(rare, rare.length).filter((name) => chunksWith(name) <= CHUNKS_OF_A_NAME_MAX);
    return asked.slice(0, NAMES_A_SHAPE).map((name, index) => ({
      query: index % 3 === 2 ? `what is ${name} for` : name,
      expect: [{ content_contains: name }],
      tags: ["typed", `typed-${shape}`],
    }));
  });
}

function chunksWith(text: string): number {
  return pages.reduce((sum, { chunks }) => sum + chunks.filter(({ content }) => content.includes(text)).length, 0);
}

function write(name: string, questions: readonly Question[]): void {
  const cases = questions.map(({ query, expect, tags }, index) => {
    const id = `${name}-${index + 1}`;
    return JSON.stringify({ id, query, expect, tags: [...tags, index % 2 === 0 ? "tune" : "held"] });
  });
  writeFileSync(join(out, `${name}.jsonl`), `${cases.join("\n")}\n`);
  console.log(`${name}: ${cases.length}`);
}

function draw<Item>(items: readonly Item[], count: number): Item[] {
  const rest = [...items];
  const drawn: Item[] = [];
  while (drawn.length < count && rest.length > 0) drawn.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return drawn;
}
