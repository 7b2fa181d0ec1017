import { describe, expect } from "bun:test";
import { Browser, browserTest } from "../support/browser.ts";
import { until } from "../support/until.ts";
import { answerOf, pageServer, result, type Result } from "./page-server.ts";

const SHOWN = "document.body.dataset.phase === 'results'";
const WINDOW = result({
  title: "Opening a window",
  content: "GUI > Windows\n\nA window is opened by `addWindow`.\n\n```bbj\nw! = s!.addWindow(1,2)\n  w!.show()\n```",
  context_header: "GUI > Windows",
  source_url: "manual://windows/open",
  generations: ["bbj_gui", "all", "house"],
  deprecated: true,
  display_url: "https://docs.example.com/windows?x=1#open",
  doc_type: "api-reference",
  score: 0.019_68,
});
const GRID = result({ title: "Sorting a grid", source_type: "Tutorial", doc_type: "tutorial" });
const FILE = result({ title: "Opening a file", source_type: "Tutorial" });
const ALL: readonly Result[] = [WINDOW, GRID, FILE];
const titles = (browser: Browser) => browser.texts(".result h2");

describe("the search page", () => {
  browserTest("finds what is typed when Enter is pressed, and asks nothing before", async () => {
    await using server = pageServer(() => ALL);
    using browser = await Browser.open();
    await browser.goTo(server.url);
    await browser.until("document.activeElement.id === 'query'");
    await browser.type("open a window");
    expect(server.questions).toEqual([]);
    await browser.press("Enter");
    await browser.until(SHOWN);
    expect(server.questions).toEqual([{ query: "open a window", limit: 50 }]);
    expect(await titles(browser)).toEqual(["Opening a window", "Sorting a grid", "Opening a file"]);
    expect(await browser.texts("#status")).toEqual(["3 results"]);
    expect(await browser.value<string>("document.title")).toBe("open a window – BBj documentation");
    expect(await browser.value<string>("location.search")).toBe("?q=open+a+window");
    expect(browser.problems).toEqual([]);
  });

  browserTest("shows of a result what it is, where it stands, its code, and the words of the question", async () => {
    await using server = pageServer(() => ALL);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=windows`);
    await browser.until(SHOWN);
    const first = async (selector: string) => (await browser.texts(`.result ${selector}`)).slice(0, 3);
    expect((await first(".trail"))[0]).toBe("GUI › Windows");
    expect(await first(".badge")).toEqual(["Deprecated", "BBj GUI", "All generations"]);
    expect(await browser.texts(".result:first-child .meta")).toEqual([
      expect.stringMatching(/house\s+Manual\s+API reference\s+docs\.example\.com ↗\s+score 0\.0196$/),
    ]);
    expect(await browser.texts(".result:first-child pre")).toEqual(["w! = s!.addWindow(1,2)\n  w!.show()"]);
    expect(await browser.texts(".result:first-child .text")).toEqual([expect.not.stringContaining("GUI >")]);
    expect(await browser.texts("mark")).toEqual(["window", "window"]);
    const links = "[...document.querySelectorAll('.result a')].map((link) => link.href)";
    expect(await browser.value<string[]>(links)).toEqual([WINDOW.display_url]);
  });

  browserTest("asks anew for a generation at once, and goes back", async () => {
    await using server = pageServer(({ generation }) => (generation === "dwc" ? [GRID] : ALL));
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=open`);
    await browser.until(SHOWN);
    expect(await browser.texts(".generations label")).toEqual([
      ...["Any generation", "Common", "Character", "Visual PRO/5", "BBj GUI", "DWC"],
    ]);
    await browser.click(".generations label:last-child");
    await browser.until("document.querySelectorAll('.result').length === 1");
    expect(server.questions.at(-1)).toEqual({ query: "open", generation: "dwc", limit: 50 });
    expect(await browser.value<string>("location.search")).toBe("?q=open&generation=dwc");
    await browser.back();
    await browser.until("document.querySelectorAll('.result').length === 3");
    expect(await browser.value<string>("document.querySelector('.generations :checked').value")).toBe("");
  });

  browserTest("narrows down by source and kind of page, with their numbers, without asking again", async () => {
    await using server = pageServer(() => ALL);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=open`);
    await browser.until(SHOWN);
    const facets = async () => (await browser.texts(".facets label")).map((text) => text.replace(/\s+/g, " "));
    expect(await facets()).toEqual([
      ...["Any 3", "Tutorial 2", "Manual 1", "Any 3", "API reference 1", "Tutorial 1", "Concept 1"],
    ]);
    await browser.click(".facets fieldset:first-child label:nth-of-type(2)");
    expect(await titles(browser)).toEqual(["Sorting a grid", "Opening a file"]);
    expect(await browser.texts("#status")).toEqual(["2 of 3 results"]);
    expect((await facets()).slice(3)).toEqual(["Any 2", "Tutorial 1", "Concept 1", "API reference 0"]);
    await browser.click(".facets fieldset:last-child label:nth-of-type(3)");
    expect(await titles(browser)).toEqual(["Opening a file"]);
    expect(await browser.value<string>("location.search")).toBe("?q=open&type=concept&source=Tutorial");
    await browser.back();
    expect(await titles(browser)).toEqual(["Sorting a grid", "Opening a file"]);
    expect(server.questions).toHaveLength(1);
  });

  browserTest("says so when an address narrows down to nothing, and shows all again", async () => {
    await using server = pageServer(() => ALL);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=open&type=example`);
    await browser.until(SHOWN);
    expect(await browser.texts("#note h2")).toEqual(["None of the results is of this kind"]);
    await browser.click("#note button");
    expect(await titles(browser)).toHaveLength(3);
    expect(await browser.texts("#note")).toEqual([]);
  });

  browserTest("opens a result with its whole text, whose address can be copied and shared", async () => {
    const long = result({ title: "Long", content: `${"word ".repeat(400)}\n\nThe end.` });
    await using server = pageServer(() => [GRID, long]);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=sort`);
    await browser.until(SHOWN);
    await browser.allowClipboard();
    expect(await browser.texts(".result:last-child .text")).toEqual([expect.not.stringContaining("The end.")]);
    await browser.click("#result-2");
    expect(await browser.texts(".result:last-child .text")).toEqual([expect.stringContaining("The end.")]);
    expect(await browser.value<string>("location.search")).toBe("?q=sort&open=2");
    await browser.click(".actions button");
    await browser.until("document.getElementById('said').textContent === 'Copied'");
    expect(await browser.value<string>("navigator.clipboard.readText()")).toBe("manual://Long");
    await browser.goTo("about:blank");
    await browser.goTo(`${server.url}?q=sort&open=2`);
    await browser.until(SHOWN);
    expect(await browser.texts("[aria-expanded=true]")).toContain("Long");
    await browser.click("#result-1");
    expect(await browser.texts("h2 [aria-expanded=true]")).toEqual(["Sorting a grid"]);
  });

  browserTest("shows ten, then ten more, and one of those whose address says that it is open", async () => {
    const many = Array.from({ length: 25 }, (_, index) => result({ title: `Page ${index + 1}` }));
    await using server = pageServer(() => many);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=page`);
    await browser.until(SHOWN);
    expect(await titles(browser)).toHaveLength(10);
    await browser.click("#more button");
    expect(await titles(browser)).toHaveLength(20);
    expect(await browser.value<string>("document.activeElement.innerText")).toBe("Page 11");
    await browser.click("#more button");
    expect(await titles(browser)).toHaveLength(25);
    expect(await browser.texts("#more")).toEqual([]);
    await browser.goTo("about:blank");
    await browser.goTo(`${server.url}?q=page&open=15`);
    await browser.until(SHOWN);
    expect(await browser.texts("h2 [aria-expanded=true]")).toEqual(["Page 15"]);
  });

  browserTest("says that nothing was found, and offers all generations", async () => {
    await using server = pageServer(({ generation }) => (generation === undefined ? ALL : []));
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=xyzzy&generation=vpro5`);
    await browser.until("document.body.dataset.phase === 'empty'");
    expect(await browser.texts("#note h2")).toEqual(["Nothing found for “xyzzy”"]);
    expect(await browser.value<string>("document.querySelector('.unseen[role=status]').textContent")).toContain(
      "xyzzy",
    );
    expect(await browser.texts(".result, .facets")).toEqual([]);
    await browser.click("#note button");
    await browser.until(SHOWN);
    expect(await titles(browser)).toHaveLength(3);
  });

  browserTest("says why there is no answer, and asks again", async () => {
    const away = () =>
      Response.json({ error: { code: "embedder_unreachable", message: "the model is away" } }, { status: 503 });
    await using server = pageServer((_, request) => (request === 1 ? away() : ALL));
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=open`);
    await browser.until("document.body.dataset.phase === 'error'");
    expect(await browser.texts("[role=alert] p")).toEqual(["the model is away"]);
    await browser.click("#retry");
    await browser.until(SHOWN);
    expect(await titles(browser)).toHaveLength(3);
    expect(await browser.texts("[role=alert]")).toEqual([]);
    // Who presses Enter once more wants to know.
    await browser.press("/", "Enter");
    await until(() => server.questions.length === 3);
  });

  browserTest("says that the server is gone, or talks nonsense, and finds it again by itself", async () => {
    await using server = pageServer((_, request) => (request === 1 ? new Response("<html>", { status: 502 }) : ALL));
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=open`);
    await browser.until("document.body.dataset.phase === 'error'");
    expect(await browser.texts("[role=alert] p")).toEqual(["The server answers 502."]);
    await server.stop();
    await browser.click("#retry");
    await browser.until("document.querySelector('[role=alert]')?.innerText.includes('does not answer')");
    server.start();
    // As a browser says it that has its network again.
    await browser.value("dispatchEvent(new Event('online'))");
    await browser.until(SHOWN);
    expect(await titles(browser)).toHaveLength(3);
  });

  browserTest("shows that it waits, and never the answer to an older question", async () => {
    const late = Promise.withResolvers<Response>();
    await using server = pageServer((asked) => (asked.query === "slow" ? late.promise : [FILE]));
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=slow`);
    await browser.until("document.body.dataset.phase === 'waiting'");
    // After 4 s it says that it still does.
    expect(await browser.texts("#status")).toEqual([expect.stringMatching(/searching.* …$/i)]);
    expect(await browser.value<string>("document.getElementById('main').getAttribute('aria-busy')")).toBe("true");
    expect(await browser.texts("#bones li")).toHaveLength(3);
    await browser.value(
      "(document.getElementById('query').value = 'fast', document.querySelector('form').requestSubmit())",
    );
    await browser.until(SHOWN);
    late.resolve(Response.json(answerOf({ query: "slow" }, [GRID])));
    // What comes after it has been asked for later.
    await browser.value("fetch('stats').then((response) => response.text())");
    expect(await titles(browser)).toEqual(["Opening a file"]);
  });

  browserTest("begins anew at its name, and tells what is in the corpus", async () => {
    await using server = pageServer(() => ALL);
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=open&generation=dwc`);
    await browser.until(SHOWN);
    await browser.click("#home-link span");
    expect(await browser.texts(".result")).toEqual([]);
    expect(await browser.value<string>("location.pathname + location.search")).toBe("/");
    await browser.until("!document.getElementById('facts').hidden");
    expect((await browser.texts(".facts div")).map((text) => text.split("\n").join(" "))).toEqual([
      ...["documents 2,739", "passages 12,657", "sources 3"],
    ]);
  });
});
