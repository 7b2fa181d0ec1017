import { describe, expect, test } from "bun:test";
import { wordpressKb } from "../../../src/parsers/web/entry.ts";
import { article, index, redirect, Site } from "./site.ts";

const KB = "/knowledge-base/";

describe("a redirect", () => {
  test("to another host is refused and named, and that host is not asked", async () => {
    await using other = new Site({ "/knowledge-base/kb1": article("Elsewhere") });
    await using site = new Site({
      [KB]: index("kb1", "kb2", "kb3"),
      "/knowledge-base/kb1": redirect(other.url("/knowledge-base/kb1"), 301),
      "/knowledge-base/kb2": redirect(other.url("/login"), 302),
      "/knowledge-base/kb3": article("Three"),
    });
    const { documents, notes } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["Three"]);
    expect(notes).toEqual([
      {
        kind: "skipped",
        path: site.url("/knowledge-base/kb1"),
        reason: `moved for good to ${other.url("/knowledge-base/kb1")}, on another host`,
      },
      {
        // For now, and perhaps to a login: what is stored of it stays.
        kind: "failed",
        path: site.url("/knowledge-base/kb2"),
        reason: `redirected to ${other.url("/login")}, on another host`,
      },
    ]);
    expect(other.asked).toEqual([]);
  });

  test("in a circle, or without an end, is named", async () => {
    await using site = new Site({
      [KB]: index("kb1", "kb2", "kb10"),
      "/knowledge-base/kb1": redirect("kb1", 302),
      "/knowledge-base/kb2": redirect("kb3"),
      "/knowledge-base/kb3": redirect("kb2"),
      ...Object.fromEntries(
        Array.from({ length: 20 }, (_, hop) => [`/knowledge-base/kb${10 + hop}`, redirect(`kb${11 + hop}`)]),
      ),
    });
    const { documents, notes } = await site.read(wordpressKb, KB);
    expect(documents).toEqual([]);
    expect(notes.map(({ kind, reason }) => [kind, reason])).toEqual([
      ["failed", `redirects in a circle, back to ${site.url("/knowledge-base/kb1")}`],
      ["failed", `redirects in a circle, back to ${site.url("/knowledge-base/kb2")}`],
      ["failed", "more than 8 redirects"],
    ]);
  });

  test("is followed when its address is sent in UTF-8", async () => {
    await using site = new Site({
      [KB]: index("kb1"),
      "/knowledge-base/kb1": redirect(Buffer.from("/knowledge-base/kb1-größe").toString("latin1")),
      "/knowledge-base/kb1-gr%C3%B6%C3%9Fe": article("Size"),
    });
    const { documents } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["Size"]);
  });

  test("of the index page to another host lists nothing", async () => {
    await using other = new Site({ [KB]: index("kb1") });
    await using site = new Site({ [KB]: redirect(other.url(KB)), "/knowledge-base/kb1": article("One") });
    const { documents, unlisted } = await site.read(wordpressKb, KB);
    expect(documents).toEqual([]);
    expect(unlisted[0]).toEqual({
      kind: "unlisted",
      path: site.url(KB),
      reason: `moved for good to ${other.url(KB)}, on another host`,
    });
    expect(other.asked).toEqual([]);
  });

  test("is followed into what robots.txt forbids no more than a link is", async () => {
    await using site = new Site({
      "/robots.txt": "User-agent: *\nDisallow: /knowledge-base/kb9\n",
      [KB]: index("kb1"),
      "/knowledge-base/kb1": redirect("kb9"),
      "/knowledge-base/kb9": article("Private"),
    });
    const { documents, notes } = await site.read(wordpressKb, KB);
    expect(documents).toEqual([]);
    expect(notes).toMatchObject([{ reason: `robots.txt does not allow ${site.url("/knowledge-base/kb9")}` }]);
    expect(site.paths).not.toContain("/knowledge-base/kb9");
  });
});
