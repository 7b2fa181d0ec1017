import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Store } from "../../src/store/store.ts";
import { onEveryLane } from "../support/databases.ts";
import { embedded, hashOf, written } from "../support/documents.ts";

const EAST = Float32Array.of(1, 0, 0, 0);
const NORTH = Float32Array.of(0, 1, 0, 0);

/** The text with a number behind it, so that it stands last by its hash: no draw of some thousands has it by chance. */
function lastByHash(text: string): string {
  for (let index = 0; ; index++) if (hashOf(`${text} ${index}`).startsWith("fff")) return `${text} ${index}`;
}

onEveryLane("search", ({ prepared, query }) => {
  /** A document of one chunk that points where we like. */
  const page = (url: string, text: string, vector: Float32Array, options: Parameters<typeof written>[2] = {}) => ({
    ...written(url, [], options),
    rows: [{ ...embedded(text), vector }],
  });
  const urls = async (store: Store, text: string, vector: Float32Array, options = {}) =>
    (await store.search({ text, vector, limit: 10, ...options })).map(({ sourceUrl }) => sourceUrl);

  test("ranks what is near in meaning and in words before what is near in one of them", async () => {
    const corpus = await prepared();
    await corpus.write([
      page("both", "The grid sorts its rows", EAST),
      page("meaning", "Columns of a table in another order", EAST),
      page("words", "Sorting a grid", NORTH),
      page("neither", "Printing", NORTH),
    ]);
    expect((await urls(corpus, "sort grid", EAST)).slice(0, 1)).toEqual(["both"]);
    const [first] = await corpus.search({ text: "sort grid", vector: EAST, limit: 1 });
    expect(first).toMatchObject({ title: "A title", content: "The grid sorts its rows", sourceName: "manual" });
  });

  test("scores by reciprocal rank fusion with k = 50, the words counting more for a name, the vector for what is not found in its words", async () => {
    const corpus = await prepared();
    await corpus.write([page("a", "grid of setText", EAST), page("b", "nothing", NORTH)]);
    const scores = async (text: string, options = {}) =>
      (await corpus.search({ text, vector: EAST, limit: 10, ...options })).map(({ score }) => score.toFixed(9));
    const sums = (...scored: number[]) => scored.map((score) => score.toFixed(9));
    expect(await scores("grid")).toEqual(sums(2 / 51, 1 / 52));
    // Most of what tells the question from others is in no text, so its words only part equals.
    expect(await scores("grid of many unknown words")).toEqual(sums(1 / 51 + 0.01 / 51, 1 / 52));
    expect(await scores("setText")).toEqual(sums(1.5 / 51 + 0.02 / 51, 0.02 / 52));
    expect(await scores("grid", { wordsLead: true })).toEqual(sums(1.5 / 51 + 0.02 / 51, 0.02 / 52));
    // Without its name in the corpus a question has nothing but its vector.
    expect(await scores("setTitle")).toEqual(sums(1 / 51, 1 / 52));
    expect(await scores("grid", { mode: "text" })).toEqual(sums(1 / 51));
    expect(await scores("setText", { mode: "vector" })).toEqual(sums(1 / 51, 1 / 52));
  });

  test("shows a text that occurs in several documents once", async () => {
    const corpus = await prepared();
    await corpus.write([page("b", "same", EAST), page("a", "same", EAST), page("c", "other", NORTH)]);
    expect(await urls(corpus, "same", EAST)).toEqual(["a", "c"]);
  });

  test("finds chunks with some of the words when none has all of them", async () => {
    const corpus = await prepared();
    await corpus.write([page("a", "grid", NORTH), page("b", "printing", EAST)]);
    expect(await urls(corpus, "grid zeppelin", EAST, { mode: "text" })).toEqual(["a"]);
  });

  test("keeps to a generation and to a source", async () => {
    const corpus = await prepared();
    await corpus.write([
      page("a", "grid one", EAST, { generations: ["dwc", "bbj_gui"] }),
      page("b", "grid two", EAST, { generations: ["vpro5"] }),
      page("c", "grid three", EAST, { generations: ["dwc"], source: "blog" }),
    ]);
    expect((await urls(corpus, "grid", EAST, { generation: "dwc" })).sort()).toEqual(["a", "c"]);
    expect(await urls(corpus, "grid", EAST, { generation: "dwc", source: "blog" })).toEqual(["c"]);
    expect(await urls(corpus, "grid", EAST, { source: "x' or true --" })).toEqual([]);
  });

  test("finds the few rows of a filter among many others, with the index on vectors", async () => {
    const corpus = await prepared();
    const many = Array.from({ length: 1_500 }, (_, index) =>
      page(`u${index}`, `text ${index}`, Float32Array.of(1, index / 5_000, 0, 0)),
    );
    await corpus.write(many);
    await corpus.write([
      page("far", "text of another kind", Float32Array.of(-1, 0.2, 0, 0), { generations: ["rare"] }),
    ]);
    await corpus.ensureVectorIndex();
    await query("analyze chunks");
    expect(await urls(corpus, "nothing like it", EAST, { generation: "rare" })).toEqual(["far"]);
    expect((await urls(corpus, "zeppelin", EAST))[0]).toBe("u0");
  });

  test("takes any text: operators, stop words, nothing at all", async () => {
    const corpus = await prepared();
    await corpus.write([page("a", "the grid", EAST)]);
    for (const text of [
      '"unclosed',
      "the",
      "",
      "a & | ! : * <-> (",
      "-grid",
      "nul\0 lone\ud800",
      "'; drop table chunks",
    ]) {
      expect(await urls(corpus, text, EAST)).toEqual(["a"]);
    }
  });

  test("takes a question of any characters and any length", async () => {
    const corpus = await prepared();
    await corpus.write([page("a", "the grid of addButton", EAST)]);
    const long = ["a", "setText ", "a.b/c::d!", "\u4e2d\u6587", " ", "'", "\\", "\u{1f600}"].map((text) =>
      text.repeat(100_000),
    );
    const bad = [
      "\0",
      "\ud800",
      "\u2028",
      ":*",
      "&|!()<->",
      "'a':1A",
      "\\'",
      '"a',
      "a:*b",
      "-",
      "\u{1f600}",
      "\u4e2d\u6587\uff0c\u641c\u7d22",
      "%s %1$s $1 ${x}",
      "é\u0301",
    ];
    for (const text of [...bad, ...long, bad.join(" "), bad.join("")]) {
      expect([text.slice(0, 20), await urls(corpus, text, EAST)]).toEqual([text.slice(0, 20), ["a"]]);
    }
    const anyText = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.constantFrom(...bad, "grid", "addButton", "the", "\t")).map((parts) => parts.join("")),
    );
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        fc.pre(!/(?<!\S)-(grid|addButton)/.test(text));
        expect(await urls(corpus, text, EAST)).toEqual(["a"]);
        expect((await urls(corpus, text, EAST, { mode: "text" })).length).toBeLessThan(2);
      }),
      { numRuns: 60 },
    );
  });

  /** What people type, and what stands in the text that they look for. */
  const NAMES = [
    ["BBjTopLevelWindow.addButton", "BBjTopLevelWindow > Methods\n\n### `addButton(int p_id)`"],
    ["BBjTopLevelWindow::addButton", "BBjTopLevelWindow > Methods\n\n### `addButton(int p_id)`"],
    ['BBjTopLevelWindow!.addButton(101, "OK")', "BBjTopLevelWindow > Methods\n\n### `addButton(int p_id)`"],
    ["bbjtoplevelwindow.addbutton()", "BBjTopLevelWindow > Methods\n\n### `addButton(int p_id)`"],
    ["how do I call BBjTopLevelWindow.addButton?", "BBjTopLevelWindow > Methods\n\n### `addButton(int p_id)`"],
    ["addButton", "as in BBjTopLevelWindow.addButton of the sample"],
    ["addButton()", "see com.basis.window.addButton"],
    ["window.addButton(", "x! = window!.addButton(1)"],
    ["HashMap", "use java.util.HashMap"],
    ["java.util.HashMap", "a HashMap (of java.util)"],
    ["PROCESS_EVENTS", "rem\nPROCESS_EVENTS, ERR=*NEXT"],
    ["what is PROCESS_EVENTS for", "rem\nPROCESS_EVENTS, ERR=*NEXT"],
    ["!ERROR 26", "!ERROR=26: a variable is no number"],
    ["!ERROR=26", "what !ERROR=26 says"],
    ["setText()", "label!.setText(text$)"],
    ["path/to/x", "lies in path/to/x.txt"],
    ["to/x.txt", "lies in path/to/x.txt"],
    ["em-login.bbj", "samples/em-login.bbj"],
    ["--static-id", "the option --static-id makes it the same"],
    ["X'7F'", "the character X'7F' deletes"],
    ["$0C$", "print $0C$"],
    ["<dwc-icon>", "write <dwc-icon name='x'> into it"],
    ["@AppEntry", "@AppEntry\npublic class App"],
    ["#Options!", "field BBjString #Options!"],
    ["webforj.debug", "set webforj.debug=true"],
    ["https://example.org/a/b.htm?c=d", "see https://example.org/a/b.htm?c=d for more"],
    ["25.11.2", "since 25.11.2 of it"],
  ] as const;
  test.each(NAMES)("finds by %p what has it: %p", async (asked, text) => {
    const corpus = await prepared();
    // What has some of the words, or all of them in other places, and is nearer in meaning.
    const decoys = [
      "The error is 7 of 26 to the button window",
      "Options of a path x; static text to process; events and id",
      "A window: java and icons, set",
      "add a button, 25 or 11 or 2, debug",
      "em and login",
    ];
    await corpus.write([page("it", text, NORTH), ...decoys.map((decoy, index) => page(`other ${index}`, decoy, EAST))]);
    expect((await urls(corpus, asked, EAST, { mode: "text" }))[0]).toBe("it");
    expect((await urls(corpus, asked, EAST))[0]).toBe("it");
  });

  test("ranks a text with the rare words of a question before one with the frequent ones", async () => {
    const corpus = await prepared();
    const others = Array.from({ length: 20 }, (_, index) =>
      page(`o${index}`, `configure a table with many options ${index}`, NORTH),
    );
    await corpus.write([
      page("it", "what a zeppelin is made of, and who configures it, in some more words than the others have", NORTH),
      ...others,
    ]);
    expect((await urls(corpus, "configure the table options of a zeppelin here", NORTH, { mode: "text" }))[0]).toBe(
      "it",
    );
  });

  test("ranks a text with all of the words before one with some of them, however often", async () => {
    const corpus = await prepared();
    await corpus.write([
      page("some", "zeppelin zeppelin zeppelin", NORTH),
      page("all", `a zeppelin over ${"many words ".repeat(50)} and a grid`, NORTH),
    ]);
    expect(await urls(corpus, "zeppelin grid", EAST, { mode: "text" })).toEqual(["all", "some"]);
  });

  test("lets a sentence be answered by what it means and a name by where it stands", async () => {
    const corpus = await prepared();
    await corpus.write([
      page("meaning", "How rows of a table get another order", EAST),
      ...Array.from({ length: 9 }, (_, index) =>
        page(`words ${index}`, `the sortRows ${"x".repeat(index)} of many lists`, NORTH),
      ),
    ]);
    expect((await urls(corpus, "what puts lists into another sequence", EAST))[0]).toBe("meaning");
    expect((await urls(corpus, "sortRows", EAST))[0]).toStartWith("words");
  });

  test("lets meaning answer what was asked in other words than those of any text", async () => {
    const corpus = await prepared();
    await corpus.write([
      page("meaning", "How the invoice is reckoned", EAST),
      ...Array.from({ length: 60 }, (_, index) => page(`words ${index}`, `bill ${"x".repeat(index)}`, NORTH)),
    ]);
    expect((await urls(corpus, "compute a bill plus VAT", EAST))[0]).toBe("meaning");
    expect((await urls(corpus, "bill", EAST))[0]).toStartWith("words");
  });

  test("takes a word with hyphens that is asked alone for a name, and a call with arguments that no text has", async () => {
    const corpus = await prepared();
    const near = Array.from({ length: 60 }, (_, index) => page(`near ${index}`, `format of a number ${index}`, EAST));
    await corpus.write([...near, page("name", "dwc-format-number, or openFile of it", NORTH)]);
    expect((await urls(corpus, "dwc-format-number", EAST))[0]).toBe("name");
    expect((await urls(corpus, 'openFile("zeppelin", quixotic, 4711)', EAST))[0]).toBe("name");
  });

  test("counts words among the rows that a filter lets through", async () => {
    const corpus = await prepared();
    const blog = { source: "blog", docType: "tutorial", generations: ["dwc"] };
    await corpus.write([
      ...Array.from({ length: 9 }, (_, index) => page(`m${index}`, `common text ${index}`, EAST)),
      page("rare here", "common", NORTH, blog),
      page("frequent here 1", "special one", NORTH, blog),
      page("frequent here 2", "special two", NORTH, blog),
    ]);
    for (const filter of [{ source: "blog" }, { docType: "tutorial" }, { generation: "dwc" }]) {
      const found = await urls(corpus, "common special", EAST, { mode: "text", ...filter });
      expect([found[0], found.toSorted()]).toEqual(["rare here", ["frequent here 1", "frequent here 2", "rare here"]]);
      expect((await urls(corpus, "common special", EAST, filter)).toSorted()).toEqual(found.toSorted());
    }
  });

  test("finds by words in quotes what has them side by side, in whatever form", async () => {
    const corpus = await prepared();
    await corpus.write([
      page("apart", "a file is what to open; open, and a file", NORTH),
      page("form", "it opened **the** [file](x.md)", NORTH),
      page("name", "the call of BBjGrid.addRow inserts", NORTH),
      page("other", "addRow of another grid", NORTH),
      page("meaning", "channels", EAST),
    ]);
    const byWords = (text: string) => urls(corpus, text, EAST, { mode: "text" });
    expect(await byWords('how to "open the file"')).toEqual(["form"]);
    expect(await byWords("“open the file” now")).toEqual(["form"]);
    expect(await byWords('"grid.addRow"')).toEqual(["name"]);
    expect(await byWords('"opened the file" "addRow of"')).toContain("apart");
    // Meaning knows no phrases.
    expect(await urls(corpus, '"open the file"', EAST)).toEqual(expect.arrayContaining(["form", "meaning"]));
    // What no text has is looked for by its words.
    expect((await byWords('"file of zeppelins"')).toSorted()).toEqual(["apart", "form"]);
    expect((await byWords('"the" file')).toSorted()).toEqual(["apart", "form"]);
  });

  test("leaves out what has a word with a dash before it, in every mode", async () => {
    const corpus = await prepared();
    await corpus.write([
      page("grid", "printing the rows of grids", EAST),
      page("name", "printing by BBjGrid.print", EAST),
      page("paper", "printing on paper", EAST),
      page("flag", "printing with --grid", NORTH),
    ]);
    for (const mode of ["hybrid", "vector", "text"]) {
      const found = async (text: string) => (await urls(corpus, text, EAST, { mode })).toSorted();
      expect(await found("printing -grid")).toEqual(["name", "paper"]);
      expect(await found("-BBjGrid.print printing -paper")).toEqual(["flag", "grid"]);
      expect(await found("printing --grid")).toEqual(["flag", "grid", "name", "paper"]);
      expect(await found("printing the -the")).toHaveLength(4);
      expect(await found("-printing")).toHaveLength(4);
    }
  });

  test("takes a dash that texts have before a word for a part of its name", async () => {
    const corpus = await prepared();
    await corpus.write([
      page("option", "start it with `-classpath PATH`", NORTH),
      page("other", "the classpath of a start is a list", EAST),
      page("none", "a list to start with", EAST),
    ]);
    const asked = ["start with -classpath", "start with -Classpath -list"];
    for (const text of asked) expect((await urls(corpus, text, EAST, { mode: "text" }))[0]).toBe("option");
    expect(await urls(corpus, "start with -Classpath -list", EAST, { mode: "text" })).toEqual(["option"]);
    // What is embedded has the name, and not the word.
    expect(await corpus.wantedText("start with -Classpath -list")).toBe("start with -Classpath");
    expect(await corpus.wantedText(' "start" with -Classpath ')).toBe(' "start" with -Classpath ');
    const [hit] = await corpus.search({ text: "start -classpath -list", vector: EAST, limit: 1 });
    const [details] = await corpus.hitDetails(hit === undefined ? [] : [hit], {
      ...{ text: "start -classpath -list", vector: EAST, context: 0 },
    });
    expect(details).toMatchObject({ found: ["start", "classpath"], missing: [] });
  });

  test("of words that thousands of rows have, finds what has all of them, or one in its title", async () => {
    const corpus = await prepared();
    await corpus.write(Array.from({ length: 3_100 }, (_, index) => page(`f${index}`, `a file ${index}`, NORTH)));
    await corpus.write(Array.from({ length: 3_100 }, (_, index) => page(`n${index}`, `a number ${index}`, NORTH)));
    const titled = page("titled", lastByHash("a file, more or less"), NORTH, { title: "File" });
    await corpus.write([titled, page("both", lastByHash("the number that a file has, more or less"), NORTH)]);
    expect((await urls(corpus, "file", EAST, { mode: "text" }))[0]).toBe("titled");
    expect((await urls(corpus, "number of a file", EAST, { mode: "text" }))[0]).toBe("both");
    // What is nowhere is no rare word to begin with.
    expect((await urls(corpus, "file of a zeppelin", EAST, { mode: "text" }))[0]).toBe("titled");
  });

  test("searches a corpus of an older version, which has no words of their own", async () => {
    const corpus = await prepared();
    await corpus.write([page("a", "rows of a grid", EAST), page("b", "printing", NORTH)]);
    await query("alter table chunks drop column name_words");
    expect(await urls(corpus, "grid", EAST, { mode: "text" })).toEqual(["a"]);
  });

  test("gives equal scores a fixed order", async () => {
    const corpus = await prepared();
    await corpus.write(["x", "y", "z", "w"].map((text) => page(text, text, EAST)));
    const first = await urls(corpus, "", EAST);
    await query("update chunks set title = title || '!' where source_url in ('x', 'z')");
    expect(await urls(corpus, "", EAST)).toEqual(first);
  });
});
