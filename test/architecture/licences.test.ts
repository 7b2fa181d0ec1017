import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { bundledPackages, packageIn } from "../../scripts/licences/bundled-packages.ts";
import { makeThirdParty } from "../../scripts/licences/make-third-party.ts";
import { type Part, thirdPartyText } from "../../scripts/licences/third-party.ts";
import { BroughtAlong } from "../../src/parsers/pdf/brought-along.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const MODULES = join(import.meta.dir, "../../node_modules");
const part: Part = {
  ...{ name: "thing", version: "1.0.0", of: "Bun", licence: "MIT", source: "https://example.com/thing" },
  texts: ["Copyright (c) somebody"],
};

function refusal(...parts: readonly Part[]): string {
  try {
    thirdPartyText("head", [], parts);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

describe("a build is refused", () => {
  test.each([
    ["", "thing names no licence"],
    ["GPL-2.0-only", "thing has the licence GPL-2.0-only, which is not among those that are allowed"],
    ["SEE LICENSE IN terms.txt", "thing has the licence SEE LICENSE IN terms.txt, which is not among"],
    ["MIT AND SSPL-1.0", "thing has the licence MIT AND SSPL-1.0, which is not among"],
    ["MPL-2.0", "thing has the licence MPL-2.0: say how its conditions are met"],
  ])("for the licence %j", (licence, problem) => {
    expect(refusal({ ...part, licence })).toContain(problem);
  });

  test("for a licence without its text, and it names all that is wrong", () => {
    const wrong = refusal({ ...part, texts: ["\n"] }, { ...part, name: "other", licence: "" });
    expect(wrong).toContain("thing has no licence text");
    expect(wrong).toContain("other names no licence");
  });

  test.each(["MIT", "(MIT OR GPL-2.0-only)", "BSD-3-Clause AND Zlib"])("but not for %s", (licence) => {
    expect(refusal({ ...part, licence })).toBe("");
  });

  test("but not for one with conditions that are met", () => {
    expect(refusal({ ...part, licence: "LGPL-2.1-or-later", met: "met: relinked" })).toBe("");
  });
});

test("a text that several share stands there once, with all of their names, and notices stand beside licences", async () => {
  using directory = temporaryDirectory();
  await Bun.write(
    join(directory.path, "package.json"),
    JSON.stringify({ name: "noted", version: "2.0.0", license: "Apache-2.0", repository: "github:a/noted" }),
  );
  await Bun.write(join(directory.path, "LICENSE"), "The licence.\r\n");
  await Bun.write(join(directory.path, "NOTICE"), "The notice.");
  const noted = await packageIn(directory.path);
  const text = thirdPartyText("head", [noted], [{ ...part, texts: ["The licence.\n\n"] }]);
  expect(text).toContain("noted 2.0.0\n    licence: Apache-2.0; text 1, 2\n    source: https://github.com/a/noted\n");
  expect(text).toContain("Text 1, of noted, thing\n");
  expect(text.split("The licence.")).toHaveLength(2);
  expect(text).toContain("The notice.");
});

describe("THIRD-PARTY.txt", () => {
  let text = "";
  beforeAll(async () => {
    text = await makeThirdParty();
  });

  test("names every package that is bundled, those of the Workers and of lean copies too", async () => {
    const packages = await bundledPackages();
    const names = packages.map(({ name }) => name);
    for (const name of ["pdfjs-dist", "acorn", "acorn-jsx", "onnxruntime-web", "@electric-sql/pglite", "zod"])
      expect(names).toContain(name);
    for (const { name, version } of packages) expect(text).toContain(`\n${name} ${version}\n    licence: `);
  });

  test("names every library and package that Bun's own list has", async () => {
    const list = await Bun.file(join(MODULES, "bun-types/docs/project/license.mdx")).text();
    const names = [...list.matchAll(/^\|[^|]*?\[`?([^`\]]+)`?\]/gm)].flatMap(([, name]) => name ?? []);
    expect(names.length).toBeGreaterThan(45);
    for (const name of names) expect(text).toMatch(new RegExp(`^${RegExp.escape(name)}( \\S+)? \\(in Bun\\)$`, "m"));
    for (const name of ["JavaScriptCore", "esbuild", "Lightning CSS", "Servo"]) expect(text).toContain(`\n${name}`);
  });

  test("has the whole texts, how the LGPL is met, and is the same for the same contents", async () => {
    expect(text).toContain("GNU LIBRARY GENERAL PUBLIC LICENSE");
    expect(text).toContain("TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION");
    expect(text).toContain("bun run build:local");
    expect(text).toContain(process.versions["webkit"] ?? "no commit");
    expect(await makeThirdParty()).toBe(text);
  });
});

test("a font under the GPL is not brought along", async () => {
  const fonts = new BroughtAlong();
  const read = (filename: string) => fonts.fetch({ kind: "standardFontDataUrl", filename });
  expect((await read("FoxitSerif.pfb")).length).toBeGreaterThan(0);
  expect(read("LiberationSans-Regular.ttf")).rejects.toThrow("not brought along");
});
