import { describe, expect } from "bun:test";
import { Browser, browserTest } from "../support/browser.ts";
import { pageServer, result } from "./page-server.ts";

const SHOWN = "document.body.dataset.phase === 'results'";
const MARKUP = `<script>hacked = 1</script><img src=x onerror="hacked = 1"><b>bold</b>&lt;&amp;`;
const LINKS = "[...document.querySelectorAll('.result a')].map((link) => link.getAttribute('href'))";

describe("what a corpus says, hostile or odd,", () => {
  browserTest("is text on the page, and never markup", async () => {
    const hostile = result({
      ...{ title: MARKUP, context_header: `> ${MARKUP}`, source_url: MARKUP, doc_type: MARKUP, source_type: MARKUP },
      generations: [MARKUP],
      content: [
        MARKUP,
        `- ${MARKUP}`,
        `# ${MARKUP}`,
        `**${MARKUP}** \`${MARKUP}\``,
        `| ${MARKUP} |`,
        "```",
        MARKUP,
      ].join("\n\n"),
    });
    await using server = pageServer(() => [hostile]);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?open=1&q=${encodeURIComponent(MARKUP)}&type=${encodeURIComponent(MARKUP)}`);
    await browser.until(SHOWN);
    expect(await browser.texts("h2")).toEqual([MARKUP]);
    expect(await browser.texts(".text p, .text li, .text pre, .text td")).toEqual(
      Array.from({ length: 6 }, () => expect.stringContaining("<script>hacked = 1</script>")),
    );
    expect(
      await browser.value<number>("document.querySelectorAll('main :is(script, img, b, iframe, style)').length"),
    ).toBe(0);
    expect(await browser.value<string>("typeof hacked")).toBe("undefined");
    expect(browser.problems).toEqual([]);
  });

  browserTest("makes no links but to the web", async () => {
    const addresses = [
      ...[
        "javascript:hacked=1",
        "JavaScript&colon;hacked=1",
        " javascript:hacked=1",
        "java\nscript:hacked=1",
        "//evil.example",
      ],
      ...["data:text/html,<script>hacked=1</script>", "file:///etc/passwd", "vbscript:x", "/relative", "", "http://"],
    ];
    const good = ["https://docs.example.com/a", "http://docs.example.com/b"];
    const all = [...addresses, ...good].map((address, index) =>
      result({
        title: `Page ${index}`,
        display_url: address,
        content: `See [this](${address}) and [that](javascript:hacked=1).`,
      }),
    );
    await using server = pageServer(() => all);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=page`);
    await browser.until(SHOWN);
    await browser.click("#more button");
    const links = await browser.value<string[]>(LINKS);
    expect([...new Set(links)].sort()).toEqual(good.toSorted());
    expect(
      await browser.value<string[]>("[...document.querySelectorAll('.result a')].map((link) => link.rel)"),
    ).toEqual(links.map(() => "noreferrer"));
    expect(await browser.texts(".result:first-child .text")).toEqual(["See this and that."]);
  });

  browserTest("of a megabyte is drawn in part, and whole when that is asked for", async () => {
    const huge = result({
      title: "Huge",
      content: `${"[`*| ".repeat(20_000)}\n\n${"word ".repeat(180_000)}\n\nThe end.`,
    });
    await using server = pageServer(() => [huge]);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=${encodeURIComponent("( [ a+ huge")}&open=1`);
    await browser.until(SHOWN);
    const length = "document.querySelector('.text').textContent.length";
    expect(await browser.value<number>(length)).toBeLessThan(25_000);
    await browser.click(".text button");
    expect(await browser.texts(".text")).toEqual([expect.stringContaining("The end.")]);
  });

  browserTest("is drawn from right to left where it is written so", async () => {
    const hebrew = result({ title: "פתיחת חלון", content: "חלון נפתח.\n\n```\nw! = s!.addWindow()\n```\n\nA window." });
    await using server = pageServer(() => [hebrew]);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=${encodeURIComponent("חלון")}&open=1`);
    await browser.until(SHOWN);
    const directions =
      "[...document.querySelectorAll('.result h2 button, .text > *')].map((one) => getComputedStyle(one).direction)";
    expect(await browser.value<string[]>(directions)).toEqual(["rtl", "rtl", "ltr", "ltr"]);
    expect(await browser.texts("mark")).toEqual(["חלון", "חלון"]);
  });

  browserTest("lacks what it should have, and is shown all the same", async () => {
    const bare = { content: null, source_type: 7, generations: "dwc", display_url: {}, score: "high" };
    const answer = { results: [bare, result({ title: "", content: "" })], source_type_counts: null };
    await using server = pageServer(() => Response.json(answer));
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=page&open=1`);
    await browser.until(SHOWN);
    expect(await browser.texts(".result h2")).toEqual(["Untitled", "manual://"]);
    expect(browser.problems).toEqual([]);
  });

  browserTest("has its lists, tables and sections as such", async () => {
    const content = [
      ...["## Steps", "1. First", "   goes on", "2. Second", "   - Below", "", "| Name | Use |", "| --- | --- |"],
      ...["| a\\|b | `c` |", "", "~~~", "```", "| no table |", "~~~", "Last **words**."],
    ].join("\n");
    await using server = pageServer(() => [result({ title: "Steps", content })]);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=x&open=1`);
    await browser.until(SHOWN);
    expect(await browser.texts(".text .section")).toEqual(["Steps"]);
    expect((await browser.texts(".text li")).map((text) => text.replace(/\s+/g, " "))).toEqual([
      ...["1. First goes on", "2. Second", "• Below"],
    ]);
    expect(await browser.texts(".text th")).toEqual(["Name", "Use"]);
    expect(await browser.texts(".text td")).toEqual(["a|b", "c"]);
    expect(await browser.texts(".text pre")).toEqual(["```\n| no table |"]);
    expect(await browser.texts(".text strong")).toEqual(["words"]);
  });
});
