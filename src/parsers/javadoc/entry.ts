import { defineParser } from "../define-parser.ts";
import { linkKeys } from "../follow-links.ts";

/** Context headers begin with it too. */
export const SOURCE_TYPE = "BBj API Reference";

export const javadoc = defineParser({
  name: "javadoc",
  summary: "JSON exports of Javadoc, a file a package",
  document: "a class",
  installed: { product: "BBj", variable: "BBJ_HOME", home: "/usr/local/bbj", folder: "documentation/javadoc" },
  sourceType: SOURCE_TYPE,
  sourceKeys: linkKeys,
  load: async () => (await import("./javadoc.ts")).javadocParser,
});
