import { about, httpUrl } from "../../options/option.ts";
import { defineParser } from "../define-parser.ts";
import { linkKeys } from "../follow-links.ts";

export const flare = defineParser({
  name: "flare",
  summary: "MadCap Flare projects: topics, snippets, variables, tables of contents",
  document: "a topic",
  sourceType: "BASIS BBj Documentation",
  sourceKeys: {
    ...linkKeys,
    display_base: httpUrl().optional().register(about, { help: "base URL of the published help" }),
  },
  load: async (_, { display_base: displayBase }) => (await import("./flare.ts")).flareParser(displayBase),
});
