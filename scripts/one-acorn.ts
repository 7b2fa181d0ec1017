import { join } from "node:path";
import type { BunPlugin } from "bun";

const ACORN = join(import.meta.dir, "../node_modules/acorn/dist/acorn.mjs");

/** acorn-jsx requires acorn as CommonJS, micromark imports it as a module: without this, both are in the executable. */
export const oneAcorn: BunPlugin = {
  name: "one-acorn",
  setup(build) {
    build.onResolve({ filter: /^acorn$/ }, () => ({ path: ACORN }));
  },
};
