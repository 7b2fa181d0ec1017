import { expect, test } from "bun:test";
import { docusaurusUrl, publishedBase, sourceLabel } from "../../src/parsers/mdx/docusaurus-site.ts";

const dwc = publishedBase("mdx-dwc");
const BASE = "https://basishub.github.io/DWC-Course/";

test.each([
  ["a page loses its extension and its numbers", "01-guides/02-hello-world.md", "", "guides/hello-world"],
  ["an index page stands for its folder", "01-guides/index.md", "", "guides"],
  ["so does a README", "01-guides/README.mdx", "", "guides"],
  ["and a page that is called like its folder", "01-guides/guides.md", "", "guides"],
  ["the index of all is the base", "index.md", "", ""],
  ["an absolute slug is the whole path", "01-guides/02-hello.md", "/start/here", "start/here"],
  ["the slug / is the base", "deep/page.md", "/", ""],
  ["a relative slug stands beside the page", "01-guides/02-hello.md", "hi", "guides/hi"],
  ["it may go up, but not out", "01-guides/02-hello.md", "../../../hi", "hi"],
  ["other characters are encoded", "Über uns/a b#c.md", "", "%C3%9Cber%20uns/a%20b%23c"],
  ["what is encoded stays so", "a.md", "/caf%C3%A9", "caf%C3%A9"],
])("%s", (_, path, slug, route) => {
  expect(docusaurusUrl(dwc, path, slug)).toBe(BASE + route);
});

test("a source's own base comes first, with or without a slash at its end", () => {
  expect(docusaurusUrl("https://example.com/docs", "a.md", "")).toBe("https://example.com/docs/a");
});

test("a source without a site has no URLs, and neither has a partial", () => {
  expect(docusaurusUrl(publishedBase("guide"), "a.md", "")).toBe("");
  expect(docusaurusUrl(dwc, "guides/_part.mdx", "")).toBe("");
});

test("where the kind says nothing, a context header begins with the source's name", () => {
  expect(sourceLabel("guide")).toBe("guide");
  expect(sourceLabel("mdx-dwc")).toBe("DWC Tutorial");
});
