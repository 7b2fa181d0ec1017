import { expect, test } from "bun:test";
import { page, readProject, readTopic, variables } from "./write-project.ts";

const reasons = (source: Awaited<ReturnType<typeof readTopic>>) =>
  source.notes.map(({ kind, reason }) => [kind, reason]);

test("a snippet is found from the topic, from the project, by either slash and whatever its case", async () => {
  const { documents, notes } = await readProject({
    "Content/deep/er/a.htm": page(
      '<MadCap:snippetBlock src="../../Resources/One.flsnp" /><MadCap:snippetBlock src="/content/resources/ONE.flsnp" />' +
        '<MadCap:snippetBlock src="..\\..\\Resources\\one.flsnp" /><MadCap:snippetBlock src="../../../Shared%20texts/Two.flsnp" />',
    ),
    "Content/Resources/One.flsnp": page("<p>one</p>"),
    "Shared texts/Two.flsnp": page("<p>two</p>"),
  });
  expect(documents).toMatchObject([{ content: "one\n\none\n\none\n\ntwo" }]);
  expect(notes).toEqual([]);
});

test("a snippet within a snippet is found from there, else from the topic", async () => {
  const { documents, notes } = await readProject({
    "Content/topics/a.htm": page('<MadCap:snippetBlock src="../shared/one.flsnp" />'),
    "Content/shared/one.flsnp": page(
      '<p>one</p><MadCap:snippetBlock src="more/two.flsnp" /><MadCap:snippetBlock src="three.flsnp" />',
    ),
    "Content/shared/more/two.flsnp": page("<p>two</p>"),
    "Content/topics/three.flsnp": page("<p>three</p>"),
  });
  expect(documents).toMatchObject([{ content: "one\n\ntwo\n\nthree" }]);
  expect(notes).toEqual([]);
});

test("a snippet in the middle of a text is words of it", async () => {
  const { documents } = await readTopic('<ul><li>At most <MadCap:snippetText src="n.flsnp" /> records.</li></ul>', {
    "Content/n.flsnp": page("\n  <p>1,000</p>\n  <p>or <b>so</b></p>\n"),
  });
  expect(documents).toMatchObject([{ content: "- At most 1,000 or **so** records." }]);
});

test("a snippet without paragraphs in the middle of a word is part of it", async () => {
  const { documents } = await readTopic('<p>(<MadCap:snippetText src="n.flsnp" />)s</p>', {
    "Content/n.flsnp": page("\n H<sub>2</sub>O\n"),
  });
  expect(documents).toMatchObject([{ content: "(H2O)s" }]);
});

test("a snippet is found although its link has an anchor, or a sign that looks like one", async () => {
  const { documents, notes } = await readTopic(
    '<MadCap:snippetBlock src="C# notes.flsnp" /><MadCap:snippetBlock src="C# notes.flsnp#part" /><MadCap:snippetBlock src="one.flsnp#part" />',
    { "Content/C# notes.flsnp": page("<p>C#</p>"), "Content/one.flsnp": page("<p>one</p>") },
  );
  expect(documents).toMatchObject([{ content: "C#\n\nC#\n\none" }]);
  expect(notes).toEqual([]);
});

test("items that a snippet brings into an item or a list are items of that list", async () => {
  const { documents } = await readTopic(
    '<ol><li><MadCap:snippetText src="n.flsnp" /></li><MadCap:snippetText src="n.flsnp" /><li>Two<ul><li>three</li></ul></li></ol>',
    { "Content/n.flsnp": page("<li>One <b>item</b></li>") },
  );
  expect(documents).toMatchObject([{ content: "1. One **item**\n2. One **item**\n3. Two\n   - three" }]);
});

test("a snippet that is missing is named, and the text goes on with what stands in its place", async () => {
  const source = await readTopic(
    '<p>a</p><MadCap:snippetBlock src="gone.flsnp" /><p>b <MadCap:snippetText src="lost.flsnp">kept</MadCap:snippetText> c</p>',
  );
  expect(source.documents).toMatchObject([{ content: "a\n\nb kept c" }]);
  expect(reasons(source)).toEqual([
    ["warning", "the snippet gone.flsnp does not exist: there is no Content/gone.flsnp"],
    ["warning", "the snippet lost.flsnp does not exist: there is no Content/lost.flsnp"],
  ]);
});

test("a snippet that names no file says so", async () => {
  const source = await readTopic('<p>a</p><MadCap:snippetBlock /><MadCap:snippetBlock src=" ">b</MadCap:snippetBlock>');
  expect(source.documents).toMatchObject([{ content: "a\n\nb" }]);
  expect(reasons(source)).toEqual([["warning", "a snippet that names no file"]]);
});

test("snippets that contain each other are cut and named", async () => {
  const source = await readTopic('<MadCap:snippetBlock src="one.flsnp" /><p>end</p>', {
    "Content/one.flsnp": page('<p>one</p><MadCap:snippetBlock src="two.flsnp" />'),
    "Content/two.flsnp": page('<p>two</p><MadCap:snippetBlock src="one.flsnp" />'),
  });
  expect(source.documents).toMatchObject([{ content: "one\n\ntwo\n\nend" }]);
  expect(reasons(source)).toEqual([["warning", "the snippet one.flsnp contains itself"]]);
});

test("snippets that multiply are cut and named", async () => {
  const twice = (name: string) => page(`<MadCap:snippetBlock src="${name}" /><MadCap:snippetBlock src="${name}" />`);
  const levels = Array.from({ length: 40 }, (_, level) => [`Content/${level}.flsnp`, twice(`${level + 1}.flsnp`)]);
  const source = await readTopic('<MadCap:snippetBlock src="0.flsnp" /><p>end</p>', {
    ...Object.fromEntries(levels),
    "Content/40.flsnp": page("<p>word</p>"),
  });
  expect(source.documents[0]?.content).toEndWith("end");
  const reason = "more than 10000000 characters from snippets and variables: more snippets are left out";
  expect(reasons(source)).toEqual([["warning", reason]]);
});

test("a long way of snippets through snippets is cut and named", async () => {
  const chain = Array.from({ length: 1_200 }, (_, index) => [
    `Content/${index}/s.flsnp`,
    page(`<p>${index}</p><MadCap:snippetBlock src="../${index + 1}/s.flsnp" />`),
  ]);
  const source = await readTopic('<MadCap:snippetBlock src="0/s.flsnp" />', Object.fromEntries(chain));
  expect(source.documents[0]?.content).toEndWith("\n\n999");
  expect(reasons(source)).toEqual([["warning", "more than 1000 snippets within each other: the rest is left out"]]);
});

test.each([
  ["a large snippet", '<MadCap:snippetBlock src="s.flsnp" />', "more snippets are left out"],
  ["a large variable", '<p><MadCap:variable name="V.Large" /></p>', "variables are left out"],
])("%s that is brought in again and again is cut and named", async (_, body, rest) => {
  const text = "word ".repeat(30_000);
  const source = await readTopic(body.repeat(100), {
    "Content/s.flsnp": page(`<p>${text}</p>`),
    "Project/VariableSets/V.flvar": variables({ Large: text }),
  });
  expect(source.documents[0]?.content.length).toBeWithin(9_000_000, 10_000_001);
  const reason = `more than 10000000 characters from snippets and variables: ${rest}`;
  expect(reasons(source)).toEqual([["warning", reason]]);
});

test("a deprecated snippet is left out, and its condition is kept", async () => {
  const { documents } = await readTopic('<p>a</p><MadCap:snippetBlock src="old.flsnp" />', {
    "Content/old.flsnp": page("<p>no</p>", { html: 'MadCap:conditions="Primary.Deprecated"' }),
  });
  expect(documents).toMatchObject([{ content: "a", metadata: { element_conditions: "Primary.Deprecated" } }]);
});

test("a snippet that is not well-formed is read all the same, and named", async () => {
  const source = await readTopic(
    '<MadCap:snippetBlock src="bad.flsnp" /><MadCap:snippetBlock src="none.flsnp" /><p>b</p>',
    {
      "Content/bad.flsnp": "<html><body><p>a < 1 & 2<p>more</body></html>",
      "Content/none.flsnp": "no markup",
    },
  );
  expect(source.documents).toMatchObject([{ content: "a < 1 & 2\n\nmore\n\nb" }]);
  expect(reasons(source)).toMatchObject([
    ["warning", expect.stringMatching(/^the snippet bad\.flsnp is not well-formed XML, read as HTML: .+/)],
    ["warning", expect.stringMatching(/^the snippet none\.flsnp has no <html> element/)],
  ]);
});

test("variables have their values in topics, snippets, titles and code, whatever their case", async () => {
  const { documents, notes } = await readProject({
    "Content/a.htm": page(
      '<p><MadCap:variable name="My Set.Full Name" /> &amp; <MadCap:variable name="my set.full name" /></p>' +
        '<pre>run <MadCap:variable name="My Set.Full Name" /></pre><MadCap:snippetBlock src="s.flsnp" />',
      { title: 'Use <MadCap:variable name="My Set.Full Name" />' },
    ),
    "Content/s.flsnp": page('<p>in <MadCap:variable name="My Set.Full Name" /></p>'),
    "Project/VariableSets/My Set.flvar": variables({ "Full Name": "A &lt;b&gt; &amp; c" }),
  });
  expect(documents).toMatchObject([
    {
      title: "Use A <b> & c",
      content: "A <b> & c & A <b> & c\n\n```\nrun A <b> & c\n```\n\nin A <b> & c",
    },
  ]);
  expect(notes).toEqual([]);
});

test("a variable made of others is what Flare made of it", async () => {
  const { documents } = await readTopic('<p><MadCap:variable name="V.A" />, <MadCap:variable name="V.B" /></p>', {
    "Project/VariableSets/V.flvar":
      '<CatapultVariableSet><Variable Name="A" EvaluatedDefinition="BBj 7">[%=V.Product%] 7</Variable><Variable Name="B" EvaluatedDefinition="8" /></CatapultVariableSet>',
  });
  expect(documents).toMatchObject([{ content: "BBj 7, 8" }]);
});

test("a variable made of others that is not stored evaluated has their values", async () => {
  const { documents, notes } = await readTopic(
    '<p><MadCap:variable name="V.A" /><MadCap:variable name="V.Day" />, <MadCap:variable name="V.Loop" />.</p>',
    {
      "Project/VariableSets/V.flvar":
        '<CatapultVariableSet><Variable Name="A">[%= v.b %] 7</Variable><Variable Name="B">BB<MadCap:variable xmlns:MadCap="m" name="V.C" /></Variable><Variable Name="C">j</Variable>' +
        '<Variable Name="Day" Type="DateTime">MMMM d</Variable><Variable Name="Loop">x[%=V.Loop%]y[%=V.Gone%]</Variable></CatapultVariableSet>',
    },
  );
  expect(documents).toMatchObject([{ content: "BBj 7, xy." }]);
  const reason = "variables that have a value only when the help is built are left out: V.Day";
  expect(notes).toEqual([{ kind: "skipped", path: ".", reason }]);
});

test("variables that multiply are cut", async () => {
  const levels = Array.from({ length: 20 }, (_, level) => [`N${level}`, `[%=V.N${level + 1}%]`.repeat(1_000)]);
  const values = { ...Object.fromEntries(levels), N20: "word " };
  const { documents } = await readTopic('<p>a <MadCap:variable name="V.N0" /></p>', {
    "Project/VariableSets/V.flvar": variables(values),
  });
  expect(documents[0]?.content.length).toBeLessThan(100_000);
});

test("a topic may give a variable another value in its snippets, and so may the place of a snippet", async () => {
  const { documents } = await readProject({
    "Content/a.htm": page(
      '<MadCap:snippetBlock src="s.flsnp" /><MadCap:snippetBlock src="s.flsnp" MadCap:snippetVariables="V.Name:here," />',
      { html: 'MadCap:snippetVariables="V.Name:topic"' },
    ),
    "Content/s.flsnp": page('<p><MadCap:variable name="V.Name" /></p>'),
    "Project/VariableSets/V.flvar": variables({ Name: "project" }),
  });
  expect(documents).toMatchObject([{ content: "topic\n\nhere" }]);
});

test("a variable that is not defined is named; those of the build once for the project", async () => {
  const source = await readTopic(
    '<p>a <MadCap:variable name="V.Gone" /> b <MadCap:variable name="System.LongDate" /> <MadCap:variable name="V.Text">kept</MadCap:variable></p>',
  );
  expect(source.documents).toMatchObject([{ content: "a b kept" }]);
  expect(reasons(source)).toEqual([
    ["warning", "the variable V.Gone is not defined"],
    ["warning", "the variable V.Text is not defined"],
    ["skipped", "variables that have a value only when the help is built are left out: System.LongDate"],
  ]);
});

test("a topic with many remarks says how many more there are", async () => {
  const body = Array.from({ length: 12 }, (_, index) => `<MadCap:variable name="V.N${index}" />`).join("");
  const source = await readTopic(`<p>a ${body}</p>`);
  expect(source.notes).toHaveLength(11);
  expect(source.notes.at(-1)?.reason).toBe("and 2 remarks more");
});
