import { expect, test } from "bun:test";
import { documentType } from "../../src/enrich/document-type.ts";

/** A page with these headings. */
const page = (...headings: string[]) => headings.map((heading) => `## ${heading}\n\nText.`).join("\n\n");

const CASES: readonly (readonly [why: string, path: string, content: string, type: string])[] = [
  ["nothing is a concept", "a.htm", "Text.", "concept"],

  [
    "description, syntax and parameters are an API",
    "a.htm",
    page("Description", "Syntax", "Parameters"),
    "api-reference",
  ],
  ["or a return value", "a.htm", page("Description", "Syntax", "Return Value"), "api-reference"],
  ["or a path of the API", "bbjobjects/a.htm", page("Description", "Syntax"), "api-reference"],
  ["also that of interfaces", "bbjinterfaces/a.htm", page("Description", "Syntax"), "api-reference"],
  ["also that of events", "bbjevents/a.htm", page("Description", "Syntax"), "api-reference"],
  ["also a folder called API", "dwc/API/a.htm", page("Description", "Syntax"), "api-reference"],
  ["or what else an API has", "a.htm", page("Description", "Syntax", "Example", "Remarks"), "api-reference"],
  ["an API needs a syntax", "bbjobjects/a.htm", page("Description", "Parameters", "Remarks"), "concept"],
  ["and a description", "bbjobjects/a.htm", page("Syntax", "Parameters", "Return Value"), "concept"],

  ["syntax and description are the language", "a.htm", page("Syntax", "Description"), "language-reference"],
  ["also syntax and examples", "a.htm", page("Syntax", "Examples"), "language-reference"],
  ["also syntax among the verbs", "commands/a.htm", page("Syntax"), "language-reference"],
  ["among the events", "events/a.htm", page("Syntax"), "language-reference"],
  ["among the messages", "sendmsg/a.htm", page("Syntax"), "language-reference"],
  ["and among the mnemonics", "mnemonic/a.htm", page("Syntax"), "language-reference"],
  ["syntax alone is not enough", "a.htm", page("Syntax"), "concept"],
  ["the language needs a syntax", "commands/a.htm", page("Description"), "concept"],

  ["a version history is a version note", "a.htm", page("Version History"), "version-note"],
  ["so is what is new", "a.htm", page("What’s New in 24.00"), "version-note"],
  ["so are release notes", "a.htm", page("Release Notes"), "version-note"],
  ["so are changes", "a.htm", page("Changes"), "version-note"],
  ["so is the path of a release", "ReleaseInfo/a.htm", "Text.", "version-note"],
  ["or of what is new", "whatsnew/a.htm", "Text.", "version-note"],
  ["or of a version", "versions/a.htm", "Text.", "version-note"],
  ["but not that of a conversion", "conversion/a.htm", "How to migrate.", "migration"],
  ["so is the number of a version", "a.htm", "Since Version 23.1 it is so.", "version-note"],

  ["what is specific to BBj is about migration", "a.htm", page("BBj-Specific Information"), "migration"],
  ["so is converting", "a.htm", page("Converting Programs"), "migration"],
  ["so is a migration", "a.htm", page("Migration"), "migration"],
  ["so is migrating", "a.htm", page("Migrating to BBj"), "migration"],
  ["so is a text about it", "a.htm", "How to migrate your data.", "migration"],
  ["or about converting from something", "a.htm", "You convert from PRO/5.", "migration"],
  ["or about what is specific to BBj", "a.htm", "This is BBj-specific.", "migration"],

  ["an example is an example", "a.htm", page("Example"), "example"],
  ["so is a sample", "a.htm", page("Sample Program"), "example"],
  ["so is a tutorial", "a.htm", page("Tutorial"), "example"],
  ["so is the path of a sample", "samples/a.htm", "Text.", "example"],
  ["or of an example", "myexample/a.htm", "Text.", "example"],
  ["or of a tutorial", "tutorial.htm", "Text.", "example"],
  ["or of a demo", "demos/a.htm", "Text.", "example"],
  ["so is a first step", "a.htm", "Step 1: open it.", "example"],
  ["or a text that calls itself a tutorial", "a.htm", "This tutorial shows it.", "example"],

  ["best practices are best practice", "a.htm", page("Best Practices"), "best-practice"],
  ["so is a recommendation", "a.htm", page("Recommendation"), "best-practice"],
  ["so are guidelines", "a.htm", page("Guidelines"), "best-practice"],
  ["so are tips", "a.htm", page("Tips and Tricks"), "best-practice"],
  ["so is a text that recommends", "a.htm", "BASIS recommends it.", "best-practice"],
  ["or speaks of a best practice", "a.htm", "It is best practice.", "best-practice"],
  ["or of a guideline", "a.htm", "A guideline for it.", "best-practice"],

  ["the best score wins", "a.htm", `${page("Migration", "Converting")}\n\nStep 1.`, "migration"],
  ["a reference with an example is a reference", "commands/a.htm", page("Syntax", "Example"), "language-reference"],
  [
    "headings count at most three times",
    "demo.htm",
    `${page("Changes", "Version History", "What's New", "Release Notes")}\n\n## Example\n\nA tutorial.`,
    "example",
  ],
  ["of two with the same score the first one wins", "a.htm", page("Migration", "Example"), "migration"],
  ["headings may be marked, and end with a colon", "commands/a.htm", "### **Syntax:**\n\nx", "language-reference"],
  ["headings in code are code", "commands/a.htm", "```\n# Syntax\n```", "concept"],
  ["a reference has the heading, not a word of it", "commands/a.htm", page("Syntax errors"), "concept"],
];

test.each(CASES)("%s", (_, path, content, type) => {
  expect(documentType(path, content)).toBe(type);
});
