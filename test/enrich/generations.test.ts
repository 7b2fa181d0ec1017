import { expect, test } from "bun:test";
import { generationOfTag, generationsOfCode, generationsOfManual } from "../../src/enrich/generations.ts";

test.each([
  ['button!.setAttribute("dwc-theme", "primary")', "dwc"],
  ['window!.addStyle("border", "0")', "dwc"],
  ["declare BBjHtmlView view!", "dwc"],
  ["api! = BBjAPI()", "bbj_gui"],
  ["open (unt)'X0',mode=sysgui$ : sysgui", "bbj_gui"],
  ["process_events", "bbj_gui"],
  ['window!.addButton("OK") : view!.setCss("x")', "dwc"],
])("%s is of the generation %s", (code, generation) => {
  expect(generationsOfCode(code, "auto")).toEqual([generation]);
});

test("code without a sign is of its source's generation, and of all when that is left to the text", () => {
  expect(generationsOfCode("print 1", "vpro5")).toEqual(["vpro5"]);
  expect(generationsOfCode("print 1", "auto")).toEqual(["all"]);
  expect(generationOfTag("")).toBe("all");
});

test("only manuals speak of character mode", () => {
  const text = "In character mode the terminal draws the frame.";
  expect(generationsOfManual(text, "bbj")).toEqual(["character"]);
  expect(generationsOfCode(text, "bbj")).toEqual(["bbj"]);
});
