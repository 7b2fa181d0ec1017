import { readVariable } from "../../config/environment.ts";
import type { Flags } from "../../config/flags.ts";
import type { World } from "../world.ts";
import { type Choices, unsaid, withChoices } from "./choices.ts";
import type { OwnFiles } from "./write-files.ts";

/** What `init` was called with. */
export type Asked = {
  readonly flags: Flags;
  /** The folder that was named, absolute. */
  readonly path: string | undefined;
  readonly files: OwnFiles;
  readonly world: World;
  /** The run, which gives its exit code. */
  readonly run: (flags: Flags) => Promise<number>;
};

/** The flags of the run: what the files do not say of the choices. `folder`: that of the documents, where it was looked for. */
export function runFlags({ flags, world }: Asked, choices: Choices, folder: string | undefined): Flags {
  const rest = withChoices(flags, unsaid(choices, world));
  // It would overrule what the sources file says.
  const isOverruled = folder !== undefined && readVariable(world.env, "DATA_DIR") !== undefined;
  return isOverruled ? { ...rest, dataDir: folder } : rest;
}
