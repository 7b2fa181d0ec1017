import { statSync } from "node:fs";
import { join } from "node:path";
import { PACKED_MODEL } from "../../scripts/pack-files.ts";
import { EXECUTABLE } from "./executable.ts";

/** What the executable may have at most beside the model of `--embedder builtin`. */
export const BYTES_WITHOUT_MODEL_MAX = 130e6;

/** The bytes of the executable, without those that it has for the sake of `--embedder builtin`. */
export function bytesWithoutModel(): number {
  const dist = join(EXECUTABLE, "..");
  const [packed = ""] = [...new Bun.Glob("packed-*/packed").scanSync({ cwd: dist, onlyFiles: false })];
  const model = PACKED_MODEL.reduce((sum, name) => sum + statSync(join(dist, packed, name)).size, 0);
  return statSync(EXECUTABLE).size - model;
}
