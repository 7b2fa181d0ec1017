import { createHash } from "node:crypto";
import { expect, test } from "bun:test";
import { searchPage } from "../../src/serve/page.ts";

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

test("the page may run its own scripts and styles, and ask this server, and nothing else", () => {
  const { headers } = searchPage("<style>a {}</style><script>1;</script><script>2;</script>");
  expect(headers["Content-Security-Policy"]).toBe(
    `default-src 'none'; script-src ${hashOf("1;")} ${hashOf("2;")}; style-src ${hashOf("a {}")}; connect-src 'self'; ` +
      "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
});

test("the page has nothing that its headers keep from working", () => {
  const { html } = searchPage();
  expect(html).not.toMatch(/<(script|style)\s/);
  expect(html).not.toMatch(/<[^>]*\s(?:style|on[a-z]+)=/);
  expect(html).not.toMatch(/(?:src|href)=["']?https?:/);
});
