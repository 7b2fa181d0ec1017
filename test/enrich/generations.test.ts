import { expect, test } from "bun:test";
import {
  generationOfTag,
  generationsOfCode,
  generationsOfManual,
  generationsOfTopic,
} from "../../src/enrich/generations.ts";

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

const GUI = ["bbjobjects", "bbjevents", "bbjinterfaces", "gridmethods", "gridctrl", "bui", "appbuildingblocks"];
const DESIGNERS = ["guibuild", "formbuilder", "resbuild", "rescomp", "resprops", "ddbuild"];
const EVERYWHERE = [
  "commands",
  "events",
  "sendmsg",
  "sysadmin",
  "config",
  "usr",
  "dataserv",
  "b3odbc",
  "bbutil",
  "util",
  "eus",
];
const CONDITIONS = [
  ["Primary.guibuild_chm", "vpro5"],
  ["Primary.resbuild_chm", "vpro5"],
  ["Primary.ddbuild_chm", "vpro5"],
  ["Primary.config_chm", "all"],
  ["Primary.EMHelp", "all"],
  ["Primary.BDTHelp", "all"],
] as const;
const WORDS = [
  ["PROCESS_EVENTS", "bbj_gui"],
  ["api! = BBjAPI()", "bbj_gui"],
  ["declare BBjSysGui sysgui!", "bbj_gui"],
  ["a SysGUI device", "bbj_gui"],
  ["the Dynamic Web Client", "dwc"],
  ["in DWC apps", "dwc"],
  ["a BBjWebComponent", "dwc"],
  ["a web component", "dwc"],
  ["in character mode", "character"],
  ["a green screen", "character"],
  ["terminal emulation", "character"],
  ["Visual PRO/5 has it", "vpro5"],
  ["VPRO5 has it", "vpro5"],
  ["the GUI Builder", "vpro5"],
  ["the Resource Compiler", "vpro5"],
] as const;

test.each([
  ...GUI.map((folder) => [`${folder}/a.htm`, "bbj_gui"] as const),
  ["mnemonic/sysgui/a.htm", "bbj_gui"],
  ["commands/bbj-commands/a.htm", "bbj_gui"],
  ["commands/bbj-variables/a.htm", "bbj_gui"],
  ["dwc/a.htm", "dwc"],
  ["mnemonic/terminal/a.htm", "character"],
  ...DESIGNERS.map((folder) => [`${folder}/a.htm`, "vpro5"] as const),
  ...EVERYWHERE.map((folder) => [`${folder}/a.htm`, "all"] as const),
  ["Commands/BBj-Commands/a.htm", "bbj_gui"],
  ["mnemonic/a.htm", "untagged"],
  ["more/commands/a.htm", "untagged"],
  ["commands.htm", "untagged"],
])("a topic at %s is of the generation %s", (path, generation) => {
  expect(generationsOfTopic({ path, conditions: [], content: "" })).toEqual([generation]);
});

test.each([...CONDITIONS, ["Primary.Online", "untagged"]])("one with the condition %s is of %s", (tag, generation) => {
  expect(generationsOfTopic({ path: "a.htm", conditions: ["Primary.Print", tag], content: "" })).toEqual([generation]);
});

test.each([...WORDS, ["dwcs and SysGUIs", "untagged"]])("one that says %p is of %s", (content, generation) => {
  expect(generationsOfTopic({ path: "a.htm", conditions: [], content })).toEqual([generation]);
});

test("a topic has all generations that its signals speak for, always in the same order", () => {
  expect(
    generationsOfTopic({
      path: "commands/a.htm",
      conditions: ["Primary.guibuild_chm"],
      content: "In DWC and in character mode: PROCESS_EVENTS.",
    }),
  ).toEqual(["all", "character", "vpro5", "bbj_gui", "dwc"]);
});
