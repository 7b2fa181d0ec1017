import { hintOf } from "../support/plain-call.ts";
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadSources } from "../../src/config/sources.ts";
import { parsers as allParsers } from "../../src/parsers/registry.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { usageErrorOf } from "./usage-error-of.ts";

const parsers = allParsers.filter(({ name }) => ["pdf", "mdx", "javadoc", "web-crawl"].includes(name));

type Given = {
  readonly toml?: string;
  /** Made before, relative to the working directory. */
  readonly files?: readonly string[];
  readonly select?: readonly string[];
  readonly config?: string;
  readonly dataDirFlag?: string;
  readonly env?: Record<string, string>;
  readonly among?: typeof allParsers;
};

/** Loads in a new working directory, which is `CWD` in what comes back. */
function load({
  toml,
  files = ["docs/a.md"],
  config = "sources.toml",
  env = {},
  select,
  dataDirFlag,
  among = parsers,
}: Given) {
  using directory = temporaryDirectory();
  const cwd = directory.path;
  const flags = {
    config,
    ...(select === undefined ? {} : { source: select }),
    ...(dataDirFlag === undefined ? {} : { dataDir: dataDirFlag }),
  };
  for (const file of files) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    writeFileSync(join(cwd, file), "");
  }
  mkdirSync(dirname(join(cwd, config)), { recursive: true });
  if (toml !== undefined) writeFileSync(join(cwd, config), toml.replaceAll("CWD", cwd));
  try {
    const variables = Object.entries(env).map(([name, value]) => [name, value.replaceAll("CWD", cwd)]);
    const loaded = loadSources({ flags, env: Object.fromEntries(variables), cwd, parsers: among });
    const entries = loaded.entries.map((entry) => ({ ...entry, dataDir: entry.dataDir.replace(cwd, "CWD") }));
    return { ...loaded, entries };
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(cwd, "CWD");
    throw error;
  }
}

const errorOf = (given: Given) => usageErrorOf(() => load(given));
const names = (given: Given) => load(given).entries.map(({ name }) => name);
const entry = (name: string, more = 'parser = "mdx"\npaths = ["docs"]') => `[[sources]]\nname = "${name}"\n${more}\n`;

describe("what an entry says", () => {
  test("an entry with nothing optional has the defaults", () => {
    expect(load({ toml: entry("tutorial") })).toEqual({
      entries: [
        {
          ...{ name: "tutorial", parser: "mdx", paths: ["docs"], dataDir: "CWD", generationTag: "bbj", enabled: true },
          keys: {},
        },
      ],
      all: [{ name: "tutorial", parser: "mdx", enabled: true }],
      warnings: [],
    });
  });

  test("all optional keys are read, in the program's words", () => {
    const toml = entry(
      "manuals",
      `parser = "pdf"
      paths = ["docs/*.md", "docs/a.md"]
      generation_tag = "bbj_gui"
      extensions = ["BBj", ".src"]
      pdf_password = "open sesame"`,
    );
    expect(load({ toml }).entries).toMatchObject([
      {
        paths: ["docs/*.md", "docs/a.md"],
        generationTag: "bbj_gui",
        extensions: [".bbj", ".src"],
        keys: { pdf_password: "open sesame" },
      },
    ]);
  });

  test.each([
    ["mdx", 'display_base = "https://example.org/docs/"', { display_base: "https://example.org/docs/" }],
    ["web-crawl", "rate_limit = 0.5\npage_limit = 100", { rate_limit: 0.5, page_limit: 100 }],
  ])("the keys that only %s has are handed to it", (parser, lines, keys) => {
    const toml = entry("a", `parser = "${parser}"\npaths = ["docs"]\npdf_password = "x"\n${lines}`);
    expect(load({ toml }).entries).toMatchObject([{ keys }]);
    expect(load({ toml }).entries[0]?.keys).toEqual(keys);
  });

  test("a parser that reads no files needs no paths, and says so when it gets some", () => {
    expect(load({ toml: entry("web", 'parser = "web-crawl"') }).entries).toMatchObject([{ paths: [] }]);
    const { entries, warnings } = load({ toml: entry("web", 'parser = "web-crawl"\npaths = ["nowhere"]') });
    expect(entries).toMatchObject([{ paths: [] }]);
    expect(warnings).toEqual(['sources.toml:1: source "web": paths has no effect: parser "web-crawl" reads none']);
  });

  test("no paths are none: an empty list is all that a parser without files needs", () => {
    const { entries, warnings } = load({
      toml: `data_dir = "nowhere"\n${entry("web", 'parser = "web-crawl"\npaths = []\ngeneration_tag = "bbj"\nenabled = true')}`,
    });
    expect(entries).toMatchObject([{ name: "web", paths: [] }]);
    expect(warnings).toEqual([]);
  });

  test("unknown keys warn, with the nearest key", () => {
    const { warnings } = load({
      toml: `datadir = "x"\n${entry("a", 'parser = "mdx"\npaths = ["docs"]\ngeneration = "b"\nenable = true')}`,
    });
    expect(warnings).toEqual([
      'sources.toml: unknown key "datadir"; did you mean "data_dir"?',
      'sources.toml:2: source "a": unknown key "generation"; did you mean "generation_tag"?',
      'sources.toml:2: source "a": unknown key "enable"; did you mean "enabled"?',
    ]);
  });
});

describe("which entries run", () => {
  const toml = `${entry("a")}${entry("b", 'parser = "mdx"\npaths = ["docs"]\nenabled = false')}${entry("c")}`;

  test("the enabled ones, in the order of the file", () => {
    expect(names({ toml })).toEqual(["a", "c"]);
    expect(load({ toml }).all).toEqual([
      { name: "a", parser: "mdx", enabled: true },
      { name: "b", parser: "mdx", enabled: false },
      { name: "c", parser: "mdx", enabled: true },
    ]);
  });

  test("the named ones, a disabled one included, in the order of the file", () => {
    expect(names({ toml, select: ["c", "b", "c"] })).toEqual(["b", "c"]);
  });

  test("a name that is not there is an error that lists those that are", () => {
    const { message } = errorOf({ toml: `${toml}${entry("tutorial")}`, select: ["tutoral", "a"] });
    expect(message).toBe('unknown source "tutoral"; did you mean "tutorial"? (sources: tutorial, a, b, c)');
  });

  test("a file without an enabled source is an error", () => {
    const error = errorOf({ toml: entry("a", "enabled = false") });
    expect(error.message).toBe("no source is enabled in sources.toml");
    expect(hintOf(error)).toContain("--source NAME");
  });
});

describe("where the paths start", () => {
  const toml = `data_dir = "in-file"\n${entry("a")}`;
  const files = ["in-flag/docs/a.md", "in-env/docs/a.md", "conf/in-file/docs/a.md", "conf/docs/a.md"];
  const env = { DATA_DIR: "in-env" };

  test.each<[string, Given, string]>([
    ["--data-dir beats DATA_DIR", { toml, dataDirFlag: "in-flag", env }, "CWD/in-flag"],
    ["DATA_DIR beats data_dir", { toml, env }, "CWD/in-env"],
    ["data_dir starts from the file's folder", { toml, env: { DATA_DIR: "" } }, "CWD/conf/in-file"],
    ["without any of them it is the file's folder", { toml: entry("a") }, "CWD/conf"],
    ["an empty data_dir is the file's folder", { toml: `data_dir = ""\n${entry("a")}` }, "CWD/conf"],
  ])("%s", (_, given, dataDir) => {
    expect(load({ ...given, files, config: "conf/sources.toml" }).entries).toMatchObject([{ dataDir }]);
  });

  test.each([
    "docs",
    "docs/a.md",
    "./docs/../docs",
    "docs/*.md",
    "**/*.md",
    "docs/{a,b}.md",
    "docs/[x] y.md",
    "CWD/docs",
    "CWD/docs/*.md",
  ])("the path %s is found", (path) => {
    const given = { toml: entry("a", `parser = "mdx"\npaths = ["${path}"]`), files: ["docs/a.md", "docs/[x] y.md"] };
    expect(names(given)).toEqual(["a"]);
  });

  test("a data directory that is missing is one error, not one for each path", () => {
    const { message } = errorOf({ toml: `${entry("a")}${entry("b")}`, dataDirFlag: "nowhere" });
    expect(message).toBe("sources.toml: data directory CWD/nowhere does not exist (--data-dir)");
  });

  test("a missing data directory does not matter to sources without paths", () => {
    expect(names({ toml: `data_dir = "nowhere"\n${entry("web", 'parser = "web-crawl"')}` })).toEqual(["web"]);
  });
});

describe("where Javadoc is when an entry does not say", () => {
  const files = ["bbj/documentation/javadoc/a.json"];
  const found = [{ paths: ["documentation/javadoc"], dataDir: "CWD/bbj" }];

  test.each([
    ["CWD/bbj", ""],
    ["CWD/bbj", "paths = []"],
    ["CWD/bbj/", ""],
    ["CWD/bbj/../bbj//", ""],
    ["bbj", ""],
    ["./bbj", "paths = [ ]"],
  ])("in BBJ_HOME=%s, with %j", (home, line) => {
    // Its data directory does not matter.
    const toml = `data_dir = "nowhere"\n${entry("api", `parser = "javadoc"\n${line}`)}`;
    const { entries, warnings } = load({ toml, files, env: { BBJ_HOME: home } });
    expect(entries).toMatchObject(found);
    expect(warnings).toEqual([]);
  });

  test("is known for BBj, where its installer puts it", () => {
    expect(
      allParsers.flatMap(({ name, installed }) => (installed === undefined ? [] : [{ name, ...installed }])),
    ).toEqual([
      {
        ...{ name: "javadoc", product: "BBj", variable: "BBJ_HOME", home: "/usr/local/bbj" },
        folder: "documentation/javadoc",
      },
    ]);
  });

  test("paths of its own count", () => {
    const toml = entry("api", 'parser = "javadoc"\npaths = ["bbj/documentation"]');
    expect(load({ toml, files, env: { BBJ_HOME: "nowhere" } }).entries).toMatchObject([
      { paths: ["bbj/documentation"], dataDir: "CWD" },
    ]);
  });

  test.each([
    [{ BBJ_HOME: "CWD/nowhere" }, 'BBJ_HOME is "CWD/nowhere"; set it', "CWD/nowhere"],
    [{ BBJ_HOME: "docs" }, 'BBJ_HOME is "docs"; set it', "CWD/docs"],
    [{}, "set BBJ_HOME", "/no/bbj"],
    [{ BBJ_HOME: " " }, "set BBJ_HOME", "/no/bbj"],
  ])("where BBj is not, the error names what was looked for and what to do: %j", (env, set, home) => {
    // BBj may be installed on this machine.
    const among = parsers.map((parser) =>
      parser.installed === undefined ? parser : { ...parser, installed: { ...parser.installed, home: "/no/bbj" } },
    );
    for (const line of ["", "paths = []"]) {
      const { message } = errorOf({ toml: entry("api", `parser = "javadoc"\n${line}`), env, among });
      expect(message).toBe(
        `sources.toml:1: source "api": paths names nothing, and documentation/javadoc of BBj does not exist (${home}/documentation/javadoc): ${set} to the folder of BBj, or paths to that of the exports`,
      );
    }
  });

  test.each([
    ['paths = ""', 'paths must be a list of files, directories or globs, e.g. ["docs", "manuals/*.pdf"], not ""'],
    ['paths = [""]', 'paths must be a list of files, directories or globs, e.g. ["docs", "manuals/*.pdf"], not [""]'],
    ['paths = ["nope"]', 'path "nope" does not exist (CWD/nope)'],
  ])("%s is as wrong as anywhere", (line, message) => {
    const given = { toml: entry("api", `parser = "javadoc"\n${line}`), files, env: { BBJ_HOME: "bbj" } };
    expect(errorOf(given).message).toBe(`sources.toml:1: source "api": ${message}`);
  });

  test("a misspelt key does not lead to another folder than the one it names", () => {
    const given = { toml: entry("api", 'parser = "javadoc"\npath = "mine"'), files, env: { BBJ_HOME: "bbj" } };
    const { message } = errorOf(given);
    expect(message).toContain('paths is missing: the files, directories or globs that parser "javadoc" reads');
    expect(message).toContain('unknown key "path"; did you mean "paths"?');
  });
});

test("the sources file of the Python tool of the same name is read as it stands", () => {
  const lists = {
    flare: ["bbjdocs"],
    pdf: ["guides/gui.pdf"],
    mdx: ["tutorial/docs"],
    "bbj-source": ["samples", "tutorial"],
    ...{ javadoc: [], "wordpress-advantage": [], "wordpress-kb": [], "web-crawl": [] },
  };
  const entries = Object.entries(lists).map(([parser, paths]) =>
    entry(
      parser,
      `parser = "${parser}"\npaths = ${JSON.stringify(paths)}\ngeneration_tag = "${parser === "bbj-source" ? "auto" : "bbj"}"\nenabled = true`,
    ),
  );
  const files = [
    ...["bbjdocs/Content/a.htm", "guides/gui.pdf", "tutorial/docs/a.md", "samples/a.bbj"],
    "bbj/documentation/javadoc/a.json",
  ];
  const given = { toml: `data_dir = ""\n\n${entries.join("\n")}`, files, env: { BBJ_HOME: "CWD/bbj", DATA_DIR: "." } };
  const loaded = load({ ...given, among: allParsers });
  expect(loaded.entries.map(({ name }) => name)).toEqual(Object.keys(lists));
  expect(loaded.warnings).toEqual([]);
});

test("tables of others in the sources file are named, and change nothing", () => {
  const { entries, warnings } = load({ toml: `[tool]\nkey = 1\n\n${entry("a")}` });
  expect(entries).toHaveLength(1);
  expect(warnings).toEqual(['sources.toml: unknown key "tool"']);
});

describe("what is wrong with the file", () => {
  test("a missing file says how to name another one, and what an entry looks like", () => {
    const error = errorOf({});
    expect(error.message).toBe("sources file sources.toml does not exist (CWD/sources.toml)");
    expect(hintOf(error)).toContain("--config PATH");
    expect(hintOf(error)).toContain("[[sources]]");
  });

  test.each([
    ["[[sources]]\nname = \n", /^sources\.toml:2:\d+: not valid TOML: /],
    ["", /^sources\.toml has no \[\[sources\]\] entry$/],
    ["sources = []", /has no \[\[sources\]\] entry/],
    ['[sources]\nname = "a"', /^sources\.toml: sources must be a list of tables$/],
    ["sources = [1]", /sources must be a list of tables/],
    [`data_dir = 1\n${entry("a")}`, /^sources\.toml: data_dir must be a text, not 1$/],
    [`${entry("a")}${entry("b")}${entry("a")}`, /^sources\.toml:9: source "a": the name is taken by sources\.toml:1$/],
  ])("%j is refused", (toml, message) => {
    expect(errorOf({ toml }).message).toMatch(message);
  });

  test("a duplicate name is an error even if neither entry would run", () => {
    const toml = `${entry("a")}${entry("b", "enabled = false")}${entry("b", "enabled = false")}`;
    expect(errorOf({ toml }).message).toContain('source "b": the name is taken');
    expect(errorOf({ toml, select: ["a"] }).message).toContain('source "b": the name is taken');
  });

  test("where headers and entries cannot be told apart, entries are counted instead of lines", () => {
    const toml = 'sources = [{ name = "a", parser = "x" }]';
    expect(errorOf({ toml }).message).toStartWith('sources.toml: entry 1: source "a": unknown parser');
  });
});

test("a path is found however its accents are written on disk", () => {
  for (const [onDisk, written] of [
    ["NFC", "NFD"],
    ["NFD", "NFC"],
  ] as const) {
    const paths = ["Übung", "Übung/é.md", "Übung/é*.md", "Ü*/é.md", "?bung/[é].md"].map((path) =>
      JSON.stringify(path.normalize(written)),
    );
    const toml = entry("a", `parser = "mdx"\npaths = [${paths.join(", ")}]`);
    expect(load({ toml, files: ["Übung/é.md".normalize(onDisk)] }).entries).toHaveLength(1);
  }
});

describe("what is wrong with an entry", () => {
  const withKey = (line: string) => entry("a", `parser = "mdx"\npaths = ["docs"]\n${line}`);

  test.each([
    [
      entry("a", 'parser = "mdy"\npaths = ["docs"]'),
      'unknown parser "mdy"; did you mean "mdx"? (parsers: mdx, pdf, javadoc, web-crawl)',
    ],
    [entry("a", 'paths = ["docs"]'), "parser is missing: it must be a text"],
    [entry("a", 'parser = 1\npaths = ["docs"]'), "parser must be a text, not 1"],
    [entry("a", 'parser = "mdx"'), 'paths is missing: the files, directories or globs that parser "mdx" reads'],
    [
      entry("a", 'parser = "mdx"\npaths = "docs"'),
      'paths must be a list of files, directories or globs, e.g. ["docs", "manuals/*.pdf"], not "docs"',
    ],
    [
      entry("a", 'parser = "mdx"\npaths = []'),
      'paths must be a list of files, directories or globs, e.g. ["docs", "manuals/*.pdf"], not []',
    ],
    [
      entry("a", 'parser = "mdx"\npaths = ["docs", ""]'),
      'paths must be a list of files, directories or globs, e.g. ["docs", "manuals/*.pdf"], not ["docs",""]',
    ],
    [entry("a", 'parser = "mdx"\npaths = ["nope"]'), 'path "nope" does not exist (CWD/nope)'],
    [entry("a", 'parser = "mdx"\npaths = ["docs/*.pdf"]'), 'path "docs/*.pdf" matches nothing in CWD/docs'],
    [
      entry("a", 'parser = "mdx"\npaths = ["nope/*.pdf"]'),
      'path "nope/*.pdf" matches nothing: CWD/nope does not exist',
    ],
    [
      withKey('generation_tag = "two words"'),
      'generation_tag must be one word of letters, digits, "_", "-" and "." (at most 50), not "two words"',
    ],
    [
      withKey('generation_tag = ""'),
      'generation_tag must be one word of letters, digits, "_", "-" and "." (at most 50), not ""',
    ],
    [withKey('enabled = "yes"'), 'enabled must be true or false, not "yes"'],
    [withKey('display_base = "docs"'), 'display_base must be a URL that starts with http:// or https://, not "docs"'],
    [
      withKey('extensions = ["*.bbj"]'),
      'extensions must be a list of file name extensions, e.g. [".bbj", ".src"], not ["*.bbj"]',
    ],
    [withKey("extensions = [1]"), 'extensions must be a list of file name extensions, e.g. [".bbj", ".src"], not [1]'],
    [withKey("rate_limit = -1"), "rate_limit must be a number of seconds from 0 to 3600, not -1"],
    [withKey("page_limit = 0"), "page_limit must be an integer from 1 to 1000000, not 0"],
    [withKey("pdf_password = 4711"), "pdf_password must be a text"],
  ])("%j is refused", (toml, message) => {
    expect(errorOf({ toml }).message).toBe(`sources.toml:1: source "a": ${message}`);
  });

  test.each([
    ['name = ""', ', not ""'],
    ['name = "a\\nb"', ', not "a\\nb"'],
    [`name = "${"a".repeat(101)}"`, ', not "aaa'],
    ["name = 1", ", not 1"],
    ["", ""],
  ])("an entry with %j for a name is refused", (line, shown) => {
    const { message } = errorOf({ toml: `[[sources]]\n${line}\nparser = "mdx"\npaths = ["docs"]` });
    expect(message).toStartWith("sources.toml:1: name ");
    expect(message).toContain(`must be a text of 1 to 100 characters without control characters${shown}`);
  });

  test("all mistakes are named together, of the whole file and of every entry that would run", () => {
    const toml = [
      entry("a", 'parser = "mdx"\npaths = ["nope", "docs", "neither"]\nrate_limit = -1'),
      entry("b", 'parser = "odt"'),
      entry("a"),
    ].join("\n");
    const { message } = errorOf({ toml });
    expect(message.split("\n")).toEqual([
      "sources.toml: 5 problems",
      '  sources.toml:11: source "a": the name is taken by sources.toml:1',
      '  sources.toml:1: source "a": rate_limit must be a number of seconds from 0 to 3600, not -1',
      '  sources.toml:1: source "a": path "nope" does not exist (CWD/nope)',
      '  sources.toml:1: source "a": path "neither" does not exist (CWD/neither)',
      expect.stringContaining('  sources.toml:7: source "b": unknown parser "odt"'),
    ]);
  });

  test("a misspelt key is named beside the key that is missing because of it", () => {
    const { message } = errorOf({ toml: entry("a", 'parser = "mdx"\npahts = ["docs"]') });
    expect(message).toContain('paths is missing: the files, directories or globs that parser "mdx" reads');
    expect(message).toContain('unknown key "pahts"; did you mean "paths"?');
  });

  test("entries that would not run may be as wrong as they like", () => {
    const wrong = 'parser = "odt"\npaths = ["nope"]\nrate_limit = -1\nbogus = 1';
    const toml = `${entry("a")}${entry("b", `${wrong}\nenabled = false`)}[[sources]]\nenabled = false\n`;
    expect(load({ toml }).warnings).toEqual([]);
    expect(names({ toml: `${entry("a")}${entry("b", wrong)}`, select: ["a"] })).toEqual(["a"]);
  });
});
