import { z } from "zod";
import { about } from "../options/option.ts";
import type { SourceEntry } from "./parser.ts";

/** The key of sources whose parsers read files. */
export const linkKeys = {
  follow_links: z
    .boolean({ error: "true or false" })
    .default(false)
    .register(about, { help: "follow links that lead out of the folders of `paths`" }),
};

/** The key's value, for those that list files. */
export function followsLinks({ keys }: Pick<SourceEntry, "keys">): boolean {
  return keys.follow_links === true;
}
