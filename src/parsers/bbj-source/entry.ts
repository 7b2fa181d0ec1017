import { defineParser } from "../define-parser.ts";
import { linkKeys } from "../follow-links.ts";

/** Context headers begin with it too. */
export const SOURCE_TYPE = "BBj Source Code";

export const bbjSource = defineParser({
  name: "bbj-source",
  summary: "BBj programs, classes and resources, by their content",
  document: "a file",
  sourceType: SOURCE_TYPE,
  sourceKeys: linkKeys,
  load: async () => (await import("./bbj-source.ts")).bbjSourceParser,
});
