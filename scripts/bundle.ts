import { join } from "node:path";
import { leanMcp } from "./lean-mcp.ts";
import { leanPdfjs } from "./lean-pdfjs.ts";
import { leanPglite } from "./lean-pglite.ts";
import { oneAcorn } from "./one-acorn.ts";

/** What is bundled and how, whatever is made of it: the executable, or the list of the packages in it. */
export const BUNDLE = {
  // Workers are entry points of their own: in the executable they are found beside cli.ts by their names.
  entrypoints: ["src/cli.ts", "src/parse-worker.ts", "src/model-worker.ts", "src/pulse-worker.ts"].map((path) =>
    join(import.meta.dir, "..", path),
  ),
  // cjs would bake this machine's path into import.meta.url, and with it Workers break elsewhere.
  format: "esm" as const,
  minify: true,
  // A command reads the chunks that it needs: `--help` a tenth of the whole.
  splitting: true,
  // micromark comes with assertions and a log otherwise, whatever the environment of the build says.
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [leanMcp, leanPdfjs, leanPglite, oneAcorn],
};
