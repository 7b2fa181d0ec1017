import { defineParser } from "../define-parser.ts";

/** Context headers begin with it too. */
export const SOURCE_TYPE = "BBj Source Code";

export const bbjSource = defineParser({
  name: "bbj-source",
  summary: "BBj programs and classes",
  document: "a file",
  sourceType: SOURCE_TYPE,
  load: async () => (await import("./bbj-source.ts")).bbjSourceParser,
});
