import { join } from "node:path";
import type { Settings } from "../config/settings.ts";
import type { ParseContext } from "../parsers/parser.ts";
import { webAccess } from "../parsers/web/web-access.ts";
import type { World } from "./world.ts";

const PAGE_CACHE_FILE = ".ingestion-pages.sqlite";

/** What parsers need of the settings and of the world; `mayWrite`: the pages of web sites are kept for the next run. */
export function parseSettings(
  { fileSizeBytesMax, stateDirectory }: Pick<Settings, "fileSizeBytesMax" | "stateDirectory">,
  { clock }: Pick<World, "clock">,
  { mayWrite }: { readonly mayWrite: boolean },
): Omit<ParseContext, "signal"> {
  const web = webAccess({ clock, cachePath: join(stateDirectory, PAGE_CACHE_FILE), cacheWritable: mayWrite });
  return { fileSizeBytesMax, web };
}
