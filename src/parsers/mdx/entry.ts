import { about, httpUrl } from "../../options/option.ts";
import { defineParser } from "../define-parser.ts";
import { linkKeys } from "../follow-links.ts";
import { sourceTypeOf } from "./docusaurus-site.ts";

export const mdx = defineParser({
  name: "mdx",
  summary: "Docusaurus docs, `.md` and `.mdx`",
  document: "a page",
  sourceType: ({ name }) => sourceTypeOf(name),
  sourceKeys: {
    ...linkKeys,
    display_base: httpUrl().optional().register(about, { help: "base URL of the pages readers are shown" }),
  },
  load: async (_, { display_base: displayBase }) => (await import("./mdx.ts")).mdxParser(displayBase),
});
