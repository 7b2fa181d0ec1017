import { expect, test } from "bun:test";
import { webHelpUrl } from "../../../src/parsers/flare/flare.ts";

test("a topic of the help is shown where the help is published, its path encoded", () => {
  expect(webHelpUrl(undefined, "bbjobjects/Über a#b?.htm")).toBe(
    "https://documentation.basis.cloud/BASISHelp/WebHelp/bbjobjects/%C3%9Cber%20a%23b%3F.htm",
  );
  expect(webHelpUrl(undefined, "100%25.htm")).toEndWith("/100%2525.htm");
  expect(webHelpUrl("https://example.com", "a.htm")).toBe("https://example.com/a.htm");
});
