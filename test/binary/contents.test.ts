import { describe, expect } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { contentsScene } from "../support/contents-scene.ts";
import { EXECUTABLE, run, serverTest, testDatabase } from "../support/executable.ts";
import { inTerminal } from "../support/terminal.ts";

function commandsIn(text: string): string[] {
  return text.split("\n").flatMap((line) => (line.startsWith(`  ${EXECUTABLE}`) ? [line.trim()] : []));
}

/** Without how long ago something was: time goes on. */
function ageless(text: string): string {
  return text.replace(/\(\d+ \w+ ago\)/, "");
}

/** A source of a site: its documents are shown where the site is. */
function publish(directory: string, names: readonly string[]): void {
  const entries = names.map(
    (name) =>
      `[[sources]]\nname = "${name}"\nparser = "mdx"\npaths = ["${name}"]\ndisplay_base = "https://example.com/${name}"\n`,
  );
  writeFileSync(join(directory, "sources.toml"), entries.join("\n"));
}

describe("ls", () => {
  serverTest("lists the sources; of those that are named, their documents, in one order", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["b", "a", "c"], "it's old": ["one"] });
    await scene.ingest();
    const all = await scene.call("ls");
    expect([all.exitCode, all.stderr]).toEqual([0, ""]);
    expect(all.stdout).toMatch(/^Source +Documents +Chunks +Size\n-.*\ndocs +3 +3 .*\nit's old +1 +1 .*\n$/);
    expect(await scene.lines("ls")).toMatchObject([
      { type: "source", source: "docs", documents: 3, incomplete: 0, chunks: 3 },
      { type: "source", source: "it's old", documents: 1 },
    ]);
    await database.sql`update ingest_documents set complete = false where source_url like '%b.md'`;
    const docs = await scene.call("ls", "docs", "it's old");
    expect(docs.stdout.split("\n")).toEqual([
      "     1  docs://a.md  a of docs",
      "     1  docs://b.md  (incomplete)  b of docs",
      "     1  docs://c.md  c of docs",
      "     1  it's old://one.md  one of it's old",
      "",
    ]);
    expect(await scene.lines("ls", "it's old")).toEqual([
      {
        ...{ type: "document", source: "it's old", source_url: "it's old://one.md", display_url: "" },
        ...{ title: "one of it's old", chunks: 1, complete: true },
      },
    ]);
    expect((await scene.call("ls")).stdout).toContain("Incomplete");
  });

  serverTest("says of a name that is not there which was meant, or how it gets there", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one"], new: ["one"] });
    await scene.ingest("--source", "docs");
    const wrong = await scene.call("ls", "docs", "dosc");
    expect(wrong).toMatchObject({ exitCode: 2, stdout: "" });
    expect(wrong.stderr).toContain('unknown source "dosc"; did you mean "docs"? (sources: docs)');
    const empty = await scene.call("ls", "new");
    expect(empty).toMatchObject({ exitCode: 2, stdout: "" });
    expect(empty.stderr).toContain('source "new" has nothing in the corpus yet');
    expect(empty.stderr).toContain(`ingest it: ${EXECUTABLE} --source new --database-url`);
    expect((await scene.call("remove", "new", "--yes")).stderr).toContain('source "new" has nothing in the corpus');
  });

  serverTest("ends when its reader does, and fits its lines to a terminal", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one"] });
    await scene.ingest();
    await database.sql`
      insert into ingest_documents (source_name, source_url, input, fingerprint, input_documents, chunks, complete)
      select 'docs', 'docs://page-' || lpad(n::text, 6, '0'), 'f', 'one', 1, 0, true from generate_series(1, 30000) n`;
    const piped = await scene.paste(`${EXECUTABLE} ls docs --database-url ${database.url} | head -n 2; echo done`);
    expect(piped.stdout).toBe("     1  docs://one.md  one of docs\n     0  docs://page-000001\ndone\n");
    const whole = await scene.call("ls", "docs");
    expect(whole.stdout.split("\n").length).toBe(30_002);
    const title = "A long title of many words that no narrow terminal has room for, 日本語のタイトル";
    await database.sql`update chunks set title = ${title}`;
    await database.sql`delete from ingest_documents where source_url <> 'docs://one.md'`;
    for (const [cols, line] of [
      [40, "     1  docs://one.md  A long title of …"],
      [80, "     1  docs://one.md  A long title of many words that no narrow terminal has r…"],
      [20, "     1  docs://one.md"],
    ] as const) {
      const terminal = inTerminal(["ls", "docs", "--database-url", database.url], { cwd: scene.path, cols });
      expect(await terminal.exitCode()).toBe(0);
      expect(terminal.text().replaceAll("\r", "").trimEnd()).toStartWith(line.trimEnd());
      const [shown = ""] = terminal.text().replaceAll("\r", "").split("\n");
      expect(Bun.stringWidth(shown)).toBeLessThanOrEqual(Math.max(cols, 30));
    }
  });
});

describe("show", () => {
  serverTest("shows a document by its address or where readers see it, a chunk by its hash", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one", "two"] });
    publish(scene.path, ["docs"]);
    scene.write("docs", "one", "The first part.\n\n## A section\n\nThe second part.");
    await scene.ingest();
    const { exitCode, stdout, stderr } = await scene.call("show", "docs://one.md");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toStartWith("one of docs\n  address      docs://one.md\n");
    for (const line of [
      "  display URL  https://example.com/docs/one\n",
      "  source       docs\n",
      "  chunks       2\n",
      "  input        docs/one.md\n",
      "  model        feature-hashing-v1\n",
      "  docs > one of docs\n  | The first part.\n\n--- chunk 2 ",
      "  docs > one of docs > A section\n  | The second part.\n",
    ])
      expect(stdout).toContain(line);
    expect(stdout).toMatch(/ {2}changed {6}\d{4}-\d\d-\d\d \d\d:\d\d \(\d+ \w+ ago\)\n/);
    expect((await scene.call("show", "https://example.com/docs/one")).stdout).toContain("docs://one.md");
    const [document, first, chunk] = await scene.lines("show", "docs://one.md");
    expect(first).toMatchObject({ type: "chunk", chunk_index: 0 });
    expect(document).toMatchObject({
      ...{ type: "document", source: "docs", source_url: "docs://one.md", title: "one of docs", complete: true },
      ...{ display_url: "https://example.com/docs/one", chunks: 2, input: "docs/one.md", metadata: {} },
    });
    expect(chunk).toMatchObject({ type: "chunk", source_url: "docs://one.md", chunk_index: 1 });
    expect(chunk.content).toContain("The second part.");
    for (const hash of [chunk.content_hash, chunk.content_hash.slice(0, 12).toUpperCase()]) {
      const shown = await scene.call("show", hash);
      const second = stdout.replace(/--- chunk 1 [^]*(?=--- chunk 2)/, "");
      expect([shown.exitCode, ageless(shown.stdout)]).toEqual([0, ageless(second)]);
      expect((await scene.lines("show", hash)).map(({ type }) => type)).toEqual(["document", "chunk"]);
    }
  });

  serverTest("of an address in two sources, or a text in two documents, names each with what shows it", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one", "two"], "it's old": ["one"] });
    await scene.ingest();
    await database.sql`update chunks set source_url = 'it''s same' where source_url like '%one.md'`;
    await database.sql`update ingest_documents set source_url = 'it''s same' where source_url like '%one.md'`;
    const { exitCode, stdout, stderr } = await scene.call("show", "it's same");
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`"it's same" is in 2 sources\n`);
    const shown = await Promise.all(commandsIn(stderr).map((command) => scene.paste(command)));
    expect(shown.map((one) => [one.exitCode, /source {7}(.*)/.exec(one.stdout)?.[1]])).toEqual([
      [0, "docs"],
      [0, "it's old"],
    ]);
    await database.sql`
      update chunks set content_hash = 'abcd' || substr(content_hash, 5)
      where source_name = 'docs'`;
    const several = await scene.call("show", "abcd");
    expect(several.stderr).toContain('the hashes of 2 chunks begin with "abcd"');
    expect(await Promise.all(commandsIn(several.stderr).map((command) => scene.paste(command)))).toMatchObject([
      { exitCode: 0 },
      { exitCode: 0 },
    ]);
    await database.sql`update chunks set content_hash = 'abcd'`;
    const everywhere = await scene.call("show", "abcd");
    expect(everywhere.stderr).toContain('"abcd" is in 3 documents');
    expect(commandsIn(everywhere.stderr)).toHaveLength(3);
    expect((await scene.call("show", "abcd", "--source", "it's old")).stdout).toContain("it's same");
  });

  serverTest("of what is not there names the nearest, and what shows that", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one", "two"], other: ["three"] });
    await scene.ingest();
    for (const [word, page] of [
      ["docs://on.md", "docs://one.md"],
      ["TWO of docs", "docs://two.md"],
      ["three.md", "other://three.md"],
      ["elsewhere/three.html#top", "other://three.md"],
    ] as const) {
      const { exitCode, stdout, stderr } = await scene.call("show", word);
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(`has the address "${word}"`);
      const [command = ""] = commandsIn(stderr);
      expect([word, (await scene.paste(command)).stdout]).toEqual([word, expect.stringContaining(page)]);
    }
    const nothing = await scene.call("show", "zzzzzzzzzzzzzzzzzzz");
    expect(nothing.stderr).toContain(`to see what there is: ${EXECUTABLE} ls --database-url`);
    expect((await scene.call("show", "abc")).stderr).toContain("of a hash at least 4 digits are needed");
    expect((await scene.call("show", "docs://one.md", "--source", "dosc")).stderr).toContain('did you mean "docs"?');
    const elsewhere = await scene.call("show", "docs://one.md", "--source", "other");
    expect(elsewhere.stderr).toContain('no document in source "other" of');
    expect((await scene.paste(commandsIn(elsewhere.stderr)[0] ?? "")).exitCode).toBe(0);
  });

  serverTest("opens where readers see it in the browser of this desk, and prints it where there is none", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one"], local: ["one"] });
    publish(scene.path, ["docs"]);
    writeFileSync(
      join(scene.path, "sources.toml"),
      `${await Bun.file(join(scene.path, "sources.toml")).text()}\n[[sources]]\nname = "local"\nparser = "mdx"\npaths = ["local"]\n`,
    );
    await scene.ingest();
    const url = "https://example.com/docs/one";
    const opener = join(scene.path, "xdg-open");
    const open = (env: Readonly<Record<string, string>>, ...args: string[]) =>
      run(["show", "docs://one.md", "--open", "--database-url", database.url, ...args], {
        cwd: scene.path,
        env,
      });
    const PATH = `${scene.path}:/usr/bin:/bin`;
    for (const [env, why] of [
      [{ PATH }, "there is no display"],
      [{ PATH, DISPLAY: ":0", SSH_CONNECTION: "a b" }, "over ssh"],
      [{ PATH: scene.path, DISPLAY: ":0" }, "there is no xdg-open"],
    ] as const)
      expect(await open(env)).toEqual({ exitCode: 0, stdout: `${url}\n`, stderr: expect.stringContaining(why) });
    writeFileSync(opener, `#!/bin/sh\necho "$@" > opened\n`);
    chmodSync(opener, 0o755);
    const opened = await open({ PATH, DISPLAY: ":0" });
    expect(opened).toEqual({ exitCode: 0, stdout: `Opening ${url} in the browser.\n`, stderr: "" });
    expect(await Bun.file(join(scene.path, "opened")).text()).toBe(`${url}\n`);
    const json = await open({ PATH, WAYLAND_DISPLAY: "w" }, "--json");
    expect(JSON.parse(json.stdout)).toEqual({ type: "opened", url, opened: true, reason: "" });
    writeFileSync(opener, "#!/bin/sh\nexit 3\n");
    const failed = await open({ PATH, DISPLAY: ":0" });
    expect(failed).toMatchObject({ exitCode: 1, stdout: `${url}\n` });
    expect(failed.stderr).toContain("ended with exit code 3");
    const none = await scene.call("show", "local://one.md", "--open");
    expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining("has no address in the web")]);
    const [, command = ""] = /stored of it: (.*)/.exec(none.stderr) ?? [];
    expect((await scene.paste(command)).stdout).toContain("local://one.md");
  });
});
