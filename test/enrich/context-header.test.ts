import { expect, test } from "bun:test";
import { contextHeader } from "../../src/enrich/context-header.ts";

test("a context header names the sections and then the title", () => {
  expect(contextHeader(["Manual", "Files"], "Channels")).toBe("Manual > Files > Channels");
});

test("a title that ends the section path already is not repeated, whatever its case", () => {
  expect(contextHeader(["Manual", "Channels"], "channels")).toBe("Manual > Channels");
  expect(contextHeader(["Channels"], "Channels")).toBe("Channels");
});

// A PDF's title is often its first heading, too.
test("nor is any part that says what the one before it says", () => {
  expect(contextHeader(["The Manual", "The manual", "Files"], "Channels")).toBe("The Manual > Files > Channels");
});

test("empty parts are left out, and white space is one space", () => {
  expect(contextHeader(["", "Manual\n of  BBj", "  "], "\tFiles ")).toBe("Manual of BBj > Files");
  expect(contextHeader([], "Files")).toBe("Files");
});
