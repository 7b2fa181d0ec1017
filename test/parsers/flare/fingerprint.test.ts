import { expect, test } from "bun:test";
import { page, readProject, toc, variables } from "./write-project.ts";

const FILES = {
  "Content/plain.htm": page("<p>plain</p>"),
  "Content/shared.htm": page('<MadCap:snippetBlock src="one.flsnp" /><p><MadCap:variable name="V.Used" /></p>'),
  "Content/one.flsnp": page('<p>one</p><MadCap:snippetText src="two.flsnp" />'),
  "Content/two.flsnp": page('<p>two <MadCap:variable name="V.Inner" /></p>'),
  "Content/unused.flsnp": page("<p>unused</p>"),
  "Project/VariableSets/V.flvar": variables({ Used: "a", Inner: "b", Unused: "c" }),
  "Project/TOCs/x.fltoc": toc(
    '<TocEntry Title="[%=System.LinkedTitle%]" Link="/Content/plain.htm"><TocEntry Title="Shared" Link="/Content/shared.htm" /></TocEntry>',
  ),
};

/** Names of the topics that would be read again after a change. */
async function changedBy(files: Readonly<Record<string, string>>): Promise<string[]> {
  const before = await readProject(FILES);
  const after = await readProject({ ...FILES, ...files });
  return [...after.fingerprints].filter(([path, hash]) => before.fingerprints.get(path) !== hash).map(([path]) => path);
}

test.each([
  ["nothing", {}, []],
  ["the topic itself", { "Content/plain.htm": page("<p>plain!</p>") }, ["Content/plain.htm"]],
  ["its snippet", { "Content/one.flsnp": page("<p>1</p>") }, ["Content/shared.htm"]],
  ["a snippet of its snippet", { "Content/two.flsnp": page("<p>2</p>") }, ["Content/shared.htm"]],
  ["a snippet it has not", { "Content/unused.flsnp": page("<p>3</p>") }, []],
  [
    "a variable of it",
    { "Project/VariableSets/V.flvar": variables({ Used: "A", Inner: "b", Unused: "c" }) },
    ["Content/shared.htm"],
  ],
  [
    "a variable of its snippet's snippet",
    { "Project/VariableSets/V.flvar": variables({ Used: "a", Inner: "B", Unused: "c" }) },
    ["Content/shared.htm"],
  ],
  ["a variable it has not", { "Project/VariableSets/V.flvar": variables({ Used: "a", Inner: "b", Unused: "C" }) }, []],
  [
    "its place in the table of contents",
    { "Project/TOCs/x.fltoc": toc('<TocEntry Title="New" Link="/Content/shared.htm" />') },
    ["Content/plain.htm", "Content/shared.htm"],
  ],
  [
    "the title of a topic above it in the table of contents",
    { "Content/plain.htm": page("<p>plain</p>", { title: "New" }) },
    ["Content/plain.htm", "Content/shared.htm"],
  ],
  [
    "another table of contents that comes later",
    { "Project/TOCs/y.fltoc": toc('<TocEntry Title="Y" Link="/Content/plain.htm" />') },
    [],
  ],
] as const)("a change of %s", async (_, files, changed) => {
  expect(await changedBy(files)).toEqual([...changed]);
});

test("a snippet and a variable whose elements have other attributes with a greater-than sign", async () => {
  const topic = {
    "Content/a.htm": page(
      '<MadCap:snippetBlock MadCap:conditions="a>b" src="s.flsnp" /><p><MadCap:variable class="a>b" name="V.N" /></p>',
    ),
    "Content/s.flsnp": page("<p>1</p>"),
    "Project/VariableSets/V.flvar": variables({ N: "1" }),
  };
  const before = (await readProject(topic)).fingerprints.get("Content/a.htm");
  const changes = [{ "Content/s.flsnp": page("<p>2</p>") }, { "Project/VariableSets/V.flvar": variables({ N: "2" }) }];
  for (const change of changes) {
    const after = (await readProject({ ...topic, ...change })).fingerprints.get("Content/a.htm");
    expect(after).not.toBe(before ?? "");
  }
});

test("a snippet that was missing and is there now", async () => {
  const topic = { "Content/a.htm": page('<MadCap:snippetBlock src="late.flsnp" /><p>a</p>') };
  const before = await readProject(topic);
  const after = await readProject({ ...topic, "Content/late.flsnp": page("<p>late</p>") });
  expect(after.fingerprints.get("Content/a.htm")).not.toBe(before.fingerprints.get("Content/a.htm") ?? "");
  expect(after.documents).toMatchObject([{ content: "late\n\na" }]);
});

test("a built page whose sources were not there, and are now", async () => {
  const help = { "Content/a.htm": page("<p>a</p>").replace("<html ", '<html data-mc-target-type="WebHelp2" ') };
  const before = await readProject(help);
  const after = await readProject({ ...help, "Project/VariableSets/V.flvar": variables({}) });
  expect(before.documents).toHaveLength(1);
  expect(after.documents).toEqual([]);
  expect(after.fingerprints.get("Content/a.htm")).not.toBe(before.fingerprints.get("Content/a.htm") ?? "");
});
