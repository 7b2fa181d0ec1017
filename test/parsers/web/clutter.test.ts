import { describe, expect, test } from "bun:test";
import { wordpressKb } from "../../../src/parsers/web/entry.ts";
import { index, Site } from "./site.ts";

const KB = "/knowledge-base/";

/** What is read of an article whose content is `inner`. */
async function read(inner: string): Promise<string> {
  await using site = new Site({
    [KB]: index("kb1"),
    "/knowledge-base/kb1": `<html><head><title>T</title></head><body><article><div class="entry-content">${inner}</div></article></body></html>`,
  });
  const { documents } = await site.read(wordpressKb, KB);
  return documents[0]?.content ?? "";
}

const LINKS = `<a href="https://www.facebook.com/sharer/sharer.php?u=x"><img src="f.svg"></a><a href="https://x.com/intent/tweet?text=y">X</a>`;
const TEXT =
  "<h2>Opening a harbour</h2><p>A harbour opens at high tide.</p><h2>Closing it</h2><p>It closes at low tide.</p><h3>By hand</h3><p>Turn the wheel.</p>";
const READ =
  "## Opening a harbour\n\nA harbour opens at high tide.\n\n## Closing it\n\nIt closes at low tide.\n\n### By hand\n\nTurn the wheel.";
const ANCHORS = `<li><a href="#a">1 Opening a harbour</a></li><li><a href="#b">Closing it</a><ul><li><a href="#c"><span>2.1</span> By hand</a></li></ul></li>`;

describe("what is no text of an article is left out", () => {
  // Markup as plug-ins and themes write it, with words of our own.
  test.each([
    [
      "WordPress",
      `<nav class="navigation post-navigation"><h2 class="screen-reader-text">Post navigation</h2><div class="nav-links"><div class="nav-previous"><a href="/a/" rel="prev">Anchors</a></div></div></nav>`,
    ],
    [
      "block themes",
      `<div class="wp-block-group"><div class="post-navigation-link-previous wp-block-post-navigation-link"><span class="wp-block-post-navigation-link__arrow-previous">←</span><a href="/a/" rel="prev"><span class="post-navigation-link__label">Previous: </span>Anchors</a></div></div>`,
    ],
    [
      "older themes",
      `<div class="navigation"><div class="alignleft">&laquo; <a href="/a/" rel="prev">Anchors</a></div><div class="alignright"><a href="/b/" rel="next">Buoys</a> &raquo;</div></div>`,
    ],
    [
      "a theme without any name",
      `<p>« <a href="/a/" rel="prev">Anchors</a> | <a href="/b/" rel="next">Buoys</a> »</p>`,
    ],
    [
      "a theme that says it in words",
      `<div><p><a href="/a/">« Previous Article</a></p><p><a href="/b/">Next Article »</a></p></div>`,
    ],
    [
      "a theme with names of its own",
      `<div class="foot"><div class="prev-post"><span>Previous Post</span><a href="/a/">Anchors</a></div></div>`,
    ],
    [
      "pages of an article",
      `<div class="page-links">Pages: <span class="post-page-numbers current">1</span> <a href="2/" class="post-page-numbers">2</a></div>`,
    ],
    [
      "Echo Knowledge Base",
      `<div class="epkb-article-navigation-container"><a class="epkb-article-navigation__previous" href="/a/"><div>Prev</div><div class="epkb-article-navigation-article__title">Anchors</div></a></div>`,
    ],
  ])("ways to other articles: %s", async (_, markup) => {
    expect(await read(`${markup}${TEXT}${markup}`)).toBe(READ);
  });

  test.each([
    [
      "Jetpack",
      `<div class="sharedaddy sd-sharing-enabled"><div class="robots-nocontent sd-block sd-social"><h3 class="sd-title">Share this:</h3><div class="sd-content"><ul><li class="share-twitter"><a class="share-twitter sd-button" href="/a/?share=twitter"><span>Twitter</span></a></li></ul></div></div></div>`,
    ],
    [
      "AddToAny",
      `<div class="addtoany_share_save_container addtoany_content_bottom"><div class="a2a_kit addtoany_list"><a class="a2a_button_facebook" href="https://www.addtoany.com/add_to/facebook?linkurl=x">Facebook</a></div></div>`,
    ],
    [
      "BetterDocs",
      `<div class="betterdocs-social-share"><div class="betterdocs-social-share-heading"><h5>Share This Article :</h5></div><ul><li>${LINKS}</li></ul></div>`,
    ],
    [
      "buttons without any name",
      `<div><h4>Share this article:</h4><ul><li>${LINKS}</li><li><a href="mailto:?subject=s">E-mail</a></li><li><a href="javascript:window.print()">Print</a></li></ul></div>`,
    ],
    ["a sentence in them", `<div class="share"><p>Did you like it? Then tell all of your friends.</p>${LINKS}</div>`],
    ["another language", `<div><span>Beitrag teilen</span>${LINKS}</div>`],
    [
      "links to nowhere by the name of a theme",
      `<div class="social-share"><span>Tell others</span><a href="#">Facebook</a><a href="#">X</a></div>`,
    ],
  ])("share bars: %s", async (_, markup) => {
    expect(await read(`${markup}${TEXT}${markup}`)).toBe(READ);
  });

  test.each([
    [
      "Easy Table of Contents",
      `<div id="ez-toc-container" class="ez-toc-v2_0_17 counter-hierarchy"><div class="ez-toc-title-container"><p class="ez-toc-title">Table of Contents</p><span class="ez-toc-title-toggle"><a href="#" class="ez-toc-toggle">Toggle</a></span></div><ul class="ez-toc-list">${ANCHORS}</ul></div>`,
    ],
    [
      "Table of Contents Plus",
      `<div id="toc_container" class="no_bullets"><p class="toc_title">Contents</p><ul class="toc_list">${ANCHORS}</ul></div>`,
    ],
    [
      "LuckyWP",
      `<div class="lwptoc lwptoc-baseItems"><div class="lwptoc_i"><div class="lwptoc_header"><b>Contents</b><span>[<a href="#" class="lwptoc_toggle_label">hide</a>]</span></div><div class="lwptoc_items">${ANCHORS}</div></div></div>`,
    ],
    [
      "Rank Math",
      `<div class="wp-block-rank-math-toc-block" id="rank-math-toc"><h2>Table of Contents</h2><nav><ul>${ANCHORS}</ul></nav></div>`,
    ],
    [
      "Yoast",
      `<div class="wp-block-yoast-seo-table-of-contents yoast-table-of-contents"><h2>Table of contents</h2><ul>${ANCHORS}</ul></div>`,
    ],
    ["a theme", `<div class="table-of-contents"><p>You will read of</p><ul>${ANCHORS}</ul></div>`],
    ["a plug-in without any name", `<div><p>In this article</p><ol>${ANCHORS}</ol></div>`],
    ["with whole addresses", `<ul>${ANCHORS.replaceAll('href="#', 'href="https://example.com/kb/#')}</ul>`],
  ])("tables of contents: %s", async (_, markup) => {
    expect(await read(`<p>First words.</p>${markup}${TEXT}`)).toBe(`First words.\n\n${READ}`);
  });

  test.each([
    ["breadcrumbs", `<p id="breadcrumbs"><a href="/">Home</a> » <a href="/kb/">KB</a> » Harbours</p>`],
    [
      "related articles",
      `<div class="yarpp yarpp-related"><h3>Related posts:</h3><ol><li><a href="/a/">Anchors</a> (ships and how they stay)</li></ol></div>`,
    ],
    [
      "who wrote it",
      `<div class="saboxplugin-wrap"><div class="saboxplugin-desc"><p>Ann has sailed for many years.</p></div></div>`,
    ],
    ["a question", `<div><p>Was this article helpful?</p><a href="#" class="yes">Yes</a> <button>No</button></div>`],
    [
      "a question by a plug-in",
      `<div class="betterdocs-article-reactions"><h5>What are your Feelings</h5><ul><li><a href="#">x</a></li></ul></div>`,
    ],
    ["stars", `<div class="kk-star-ratings"><div class="kksr-legend">4.5/5 - (12 votes)</div></div>`],
    [
      "print buttons",
      `<div class="printfriendly pf-alignleft"><a href="#" onclick="window.print()">Print Friendly</a></div>`,
    ],
    ["a counter", `<div class="post-views content-post post-1"><span>Post Views:</span> <span>77</span></div>`],
    [
      "a form for comments",
      `<div id="respond" class="comment-respond"><h3>Leave a Reply</h3><form><p>Required fields are marked *</p></form></div>`,
    ],
    [
      "tags as a theme says them",
      `<p>Posted in <a href="/c/y" rel="category tag">Ships</a> by <a href="/by/ann" rel="author">Ann</a> on May 1</p>`,
    ],
    ["a way back to the top", `<p><a href="#top">↑ Back to top</a></p>`],
    [
      "the label above it",
      `<h4>Share on:</h4><p>${LINKS}</p><h3>Related articles</h3><div class="related-posts"><a href="/a">Anchors</a></div>`,
    ],
    ["another way on", `<div><span>Previous article</span><a href="/a/">Anchors and Chains</a></div>`],
    ["tags", `<p class="post-tags">Tagged: <a href="/t/x" rel="tag">tide</a></p>`],
  ])("%s", async (_, markup) => {
    expect(await read(`${TEXT}${markup}`)).toBe(READ);
  });
});

describe("what is folded until a reader asks for it is text", () => {
  const text = "High tide.\n\n### When does it open?\n\nAt noon.";
  test.each([
    [
      "an accordion",
      `<h3><button aria-expanded="false" aria-controls="p1">When does it open?<span aria-hidden="true">+</span></button></h3><div id="p1" hidden><p>At noon.</p></div>`,
      text,
    ],
    [
      "one that the search of a browser opens",
      `<h3 class="wp-block-accordion-heading"><button class="wp-block-accordion-heading__toggle"><span>When does it open?</span></button></h3><div hidden="until-found"><p>At noon.</p></div>`,
      text,
    ],
    [
      "one without headings",
      `<div class="kt-accordion-header-wrap"><button class="kt-blocks-accordion-header"><span>When does it open?</span></button></div><div class="kt-accordion-panel"><p>At noon.</p></div>`,
      text.replace("### ", ""),
    ],
    [
      "tabs",
      `<div role="tablist"><button role="tab">Noon</button><button role="tab">Night</button></div><div role="tabpanel"><p>Open.</p></div><div role="tabpanel" hidden><p>Closed.</p></div>`,
      "High tide.\n\nNoon\n\nNight\n\nOpen.\n\nClosed.",
    ],
    [
      "but nothing else that is hidden, nor other buttons",
      `<div id="x" hidden><p>Loading</p></div><button>Send</button><h3>Low tide<button title="Copy the link">#</button></h3><p>Later.</p>`,
      "High tide.\n\n### Low tide\n\nLater.",
    ],
  ])("%s", async (_, markup, expected) => {
    expect(await read(`<p>High tide.</p>${markup}`)).toBe(expected);
  });
});

describe("what only looks like it stays", () => {
  test.each([
    [
      "a heading of its writer",
      "<h2>Table of contents</h2><p>Each book has one.</p>",
      "## Table of contents\n\nEach book has one.",
    ],
    [
      "a class that begins like one",
      `<div class="share-price"><p>A share costs <a href="/p">12 $</a>.</p></div>`,
      "A share costs 12 $.",
    ],
    [
      "a class that a writer gave, too",
      `<div class="share"><p>Each of the owners has a share in the harbour.</p></div>`,
      "Each of the owners has a share in the harbour.",
    ],
    [
      "text in what a theme calls navigation",
      `<div class="navigation"><p>${"Ships find their way by the stars. ".repeat(6)}<a href="/s">More</a></p></div>`,
      `${"Ships find their way by the stars. ".repeat(6)}More`,
    ],
    [
      "code in a share bar",
      `<div class="share-buttons"><pre>print "x"</pre>${LINKS}</div>`,
      '```\nprint "x"\n```\n\nX',
    ],
    [
      "headings that a plug-in wraps",
      `<h2><span class="ez-toc-section" id="x">Tides</span></h2><p>High.</p>`,
      "## Tides\n\nHigh.",
    ],
    ["the text that a plug-in wraps", `<div class="pf-content"><p>High tide.</p></div>`, "High tide."],
    [
      "a list of links to other pages",
      `<ul><li><a href="/a">Anchors</a></li><li><a href="/b">Buoys</a></li><li><a href="/c">Chains</a></li></ul>`,
      "- Anchors\n- Buoys\n- Chains",
    ],
    ["a reference to a heading", `<h2>Tides</h2><p>See <a href="#Tides">Tides</a>.</p>`, "## Tides\n\nSee Tides."],
    ["next steps", `<p><a href="/next">Next steps for your harbour</a></p>`, "Next steps for your harbour"],
    [
      "a sentence with a link that shares",
      `<p>Please <a href="https://twitter.com/intent/tweet?text=x">tell others</a> of the tide.</p>`,
      "Please tell others of the tide.",
    ],
    [
      "a question in a text",
      `<p>Was this article helpful to anybody? We asked the captains, and this is what they said of it.</p>`,
      "Was this article helpful to anybody? We asked the captains, and this is what they said of it.",
    ],
    [
      "a sentence in what a theme's name holds",
      `<div class="share"><p>To share a chart, use <a href="/c">the rack</a>.</p></div><div class="related"><p>See <a href="/k">KB7</a> for a way round it.</p></div><section class="pagination"><p>Set <a href="/l">LIMIT</a> to 100 rows.</p></section>`,
      "To share a chart, use the rack.\n\nSee KB7 for a way round it.\n\nSet LIMIT to 100 rows.",
    ],
    [
      "a list of links to other pages that is called a table of contents",
      `<h2>The manual</h2><ul class="toc"><li><a href="/a">Anchors</a></li><li><a href="/b">Buoys</a></li></ul>`,
      "## The manual\n\n- Anchors\n- Buoys",
    ],
    [
      "some items of a list, some cells of a table",
      `<ul><li><a href="/f">first</a></li><li><a href="/n">next</a></li><li><a href="/p">previous</a></li></ul><dl><dt><a href="/n">Next</a></dt><dd>The record after it</dd></dl><table><tr><td class="prev"><a href="/b">Balance</a></td><td>What was there</td></tr></table>`,
      "- first\n- next\n- previous\n\n* Next\n\n  The record after it\n\n| | |\n| - | - |\n| Balance | What was there |",
    ],
    [
      "a question that its text answers",
      `<p>Was this article helpful? Then see <a href="/b">how to go on</a></p><h3><a href="/q">How is this information helpful?</a></h3><p>Very.</p>`,
      "Was this article helpful? Then see how to go on\n\n### How is this information helpful?\n\nVery.",
    ],
    [
      "addresses for sharing",
      `<ul><li><a href="https://x.com/intent/tweet?text=y">https://x.com/intent/tweet</a></li><li><a href="https://www.facebook.com/sharer/sharer.php?u=x">A window to share in</a> opens when the program has a text to share with the whole world</li></ul>`,
      "- https://x.com/intent/tweet\n- A window to share in opens when the program has a text to share with the whole world",
    ],
    [
      "a sentence about sharing above a share bar",
      `<p>Now others can share the harbour.</p><div class="sharedaddy"><a href="/?share=x">X</a></div>`,
      "Now others can share the harbour.",
    ],
    [
      "footnotes",
      `<ol><li>First. <a href="#r1">↩</a></li><li>Second. <a href="#r2">↩</a></li></ol>`,
      "1. First. ↩\n2. Second. ↩",
    ],
  ])("%s", async (_, markup, text) => {
    expect(await read(`<p>High tide.</p>${markup}`)).toBe(`High tide.\n\n${text}`);
  });

  test("a page of links only has them as its text", async () => {
    expect(await read(`<div class="related-articles"><ul><li><a href="/a">Anchors</a></li></ul></div>`)).toBe(
      "- Anchors",
    );
  });

  test("a list of links that is most of a page is its text, whatever a theme calls it", async () => {
    const links = Array.from({ length: 30 }, (_, n) => `<li><a href="/n${n}">What is new in harbour ${n}</a></li>`);
    const content = await read(`<p>All that is new.</p><ul class="navigation">${links.join("")}</ul>`);
    expect(content).toContain("What is new in harbour 29");
  });

  test("what is most of a page is its text, whatever it is called", async () => {
    const text = "The tide comes, and the tide goes. ".repeat(30).trim();
    expect(await read(`<p>Short.</p><div class="related-articles"><p>${text}</p></div>`)).toContain(text);
  });

  test("headings within headings without end are read before anybody grows tired", async () => {
    const content = await read(`${"<div><h2>".repeat(300)}${"x ".repeat(500_000)}<a href="#x">x</a>`);
    expect(content.length).toBeGreaterThan(900_000);
  });
});
