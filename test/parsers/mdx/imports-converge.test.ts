import { expect, test } from "bun:test";
import fc from "fast-check";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mdx } from "../../../src/parsers/mdx/entry.ts";
import { parseInput } from "../../support/parse-input.ts";
import { parseContext, sourceOf } from "../../support/read-source.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const FILES = ["docs/a.mdx", "docs/b.mdx", "docs/_p.mdx", "docs/_q.mdx", "docs/_f/r.md", "samples/s.bbj"] as const;
const SHOWN = [
  "",
  "<X />",
  "{maybe && <X />}",
  "<Card body={<X />} />",
  "{() => <X />}",
  "`<X />`",
  "{/* <X /> */}",
] as const;

/** A file of a site: its words, and what it imports and how it shows that. */
const file = fc.record({
  words: fc.constantFrom("early", "late"),
  isDraft: fc.boolean(),
  imports: fc.array(
    fc.record({ to: fc.constantFrom(...FILES, "docs/gone.mdx"), raw: fc.boolean(), shown: fc.constantFrom(...SHOWN) }),
    { maxLength: 3 },
  ),
});
type SiteFile = typeof file extends fc.Arbitrary<infer Value> ? Value : never;

function textOf({ words, isDraft, imports }: SiteFile, path: string): string {
  const named = imports.map((each, index) => ({ ...each, name: `X${index}` }));
  return [
    isDraft ? "---\ndraft: true\n---\n" : "",
    ...named.map(({ name, raw, to }) => `import ${name} from '${raw ? "!!raw-loader!" : ""}@site/${to}'`),
    `\n${words} words of ${path}.`,
    ...named.map(
      ({ name, raw, shown }) => `\n${raw && shown !== "" ? `<pre>{${name}}</pre>` : shown.replace("X", name)}`,
    ),
  ].join("\n");
}

async function read(dataDir: string) {
  const parser = await mdx.load({}, {});
  const all: { readonly path: string; readonly fingerprint: string; readonly parsed: string }[] = [];
  const source = sourceOf({ parser: "mdx", dataDir, paths: ["docs"] });
  for await (const input of parser.inputs(source, parseContext())) {
    if (input.kind !== "input") continue;
    const loaded = await input.load();
    all.push({
      path: input.path,
      fingerprint: loaded.fingerprint,
      parsed: JSON.stringify(await parseInput(parser, source, loaded)),
    });
  }
  return all;
}

test("what is made of a page follows from its fingerprint, and a partial that is no page has its words in another one", async () => {
  using directory = temporaryDirectory();
  const made = new Map<string, string>();
  const site = fc.tuple(...FILES.map(() => fc.option(file, { freq: 6 })));
  await fc.assert(
    fc.asyncProperty(site, async (files) => {
      rmSync(directory.path, { recursive: true, force: true });
      for (const [index, path] of ["docs/c.mdx", "docusaurus.config.js", ...FILES].entries()) {
        const written = files[index - 2];
        const absolute = join(directory.path, path);
        mkdirSync(dirname(absolute), { recursive: true });
        if (index < 2) writeFileSync(absolute, "Text");
        else if (written !== null && written !== undefined) writeFileSync(absolute, textOf(written, path));
      }
      const all = await read(directory.path);
      for (const { path, fingerprint, parsed } of all) {
        expect(parsed).toBe(made.get(fingerprint) ?? parsed);
        made.set(fingerprint, parsed);
        if (!parsed.includes("a partial, shown by")) continue;
        expect(all.some((other) => other.path !== path && other.parsed.includes(`words of ${path}.`))).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
