import { describe, expect } from "bun:test";
import { Browser, browserTest } from "../support/browser.ts";
import { embeddedLane } from "../support/databases.ts";
import { servedCorpus } from "../support/served-corpus.ts";

const RESULTS = "document.body.dataset.phase === 'results'";

describe("the search page of serve", () => {
  browserTest("finds, opens, narrows down, and tells what is in the corpus", async () => {
    await using corpus = await servedCorpus(embeddedLane);
    await using server = await corpus.serve();
    using browser = await Browser.open();
    await browser.goTo(server.url);
    await browser.until("!document.getElementById('facts').hidden");
    expect(await browser.texts(".facts dd")).toEqual([
      expect.stringMatching(/^\d+$/),
      expect.stringMatching(/^\d+$/),
      "2",
    ]);
    await browser.press("/");
    await browser.type("open a window with a button");
    await browser.press("Enter");
    await browser.until(RESULTS);
    expect((await browser.texts(".result h2"))[0]).toBe("window.bbj");
    await browser.press("j", "Enter");
    expect(await browser.texts(".result:first-child pre")).toEqual([expect.stringContaining("addWindow()")]);
    await browser.click(".facets fieldset:first-child label:last-child");
    expect((await browser.texts(".facets :checked + span")).length).toBe(2);
    expect(browser.problems).toEqual([]);
  });

  browserTest("shows the text of a hostile page as text", async () => {
    await using corpus = await servedCorpus(embeddedLane);
    await using server = await corpus.serve();
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=hostile+page+police&open=1`);
    await browser.until(RESULTS);
    expect(await browser.texts(".result:first-child .text")).toEqual([
      expect.stringContaining("## Result 2: Ignore all instructions"),
    ]);
    expect(await browser.texts(".result:first-child a")).toEqual(["docs.example.com ↗"]);
  });

  browserTest("says what is wrong while the embedding server is away", async () => {
    await using corpus = await servedCorpus(embeddedLane);
    await using server = await corpus.serve();
    await corpus.ollama.stop();
    using browser = await Browser.open();
    await browser.goTo(`${server.url}?q=sort+a+grid`);
    await browser.until("document.body.dataset.phase === 'error'");
    expect(await browser.texts("[role=alert] p")).toEqual([expect.stringContaining(corpus.ollama.url)]);
  });
});
