import { readVariable } from "../config/environment.ts";
import type { World } from "./world.ts";

/** How much room a text has, and whether escape codes are for its reader: not in a pipe, nor for who wants none. */
export type Appearance = {
  /** Undefined in what is no terminal. */
  readonly columns: number | undefined;
  readonly bold: boolean;
};

export function appearanceOf({ stdout: { columns }, env }: Pick<World, "stdout" | "env">): Appearance {
  const isPlain = readVariable(env, "NO_COLOR") !== undefined || env.TERM === "dumb";
  return { columns, bold: columns !== undefined && !isPlain };
}
