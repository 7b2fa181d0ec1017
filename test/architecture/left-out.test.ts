import { expect, test } from "bun:test";
import { join } from "node:path";
import { LEAN_SHIMS } from "../../scripts/lean-mcp.ts";
import { leanDisplayPart } from "../../scripts/lean-pdfjs.ts";
import { leanPgliteData, PGLITE } from "../../scripts/lean-pglite-data.ts";

const MODULES = join(import.meta.dir, "../../node_modules");

test("a pdfjs that is built in another way is not taken apart", async () => {
  const bundle = await Bun.file(join(MODULES, "pdfjs-dist/build/pdf.mjs")).text();
  const lean = leanDisplayPart(bundle);
  expect(lean.length).toBeLessThan(bundle.length / 2);
  expect(new Bun.Transpiler({ loader: "js" }).scan(lean).exports).toEqual(["PDFWorker", "getDocument"]);
  expect(() => leanDisplayPart(bundle.replaceAll(";// ./src/", "// src/"))).toThrow("lean-pdfjs.ts");
  expect(() => leanDisplayPart(bundle.replace("src/display/canvas.js", "src/display/drawing.js"))).toThrow();
});

test("of MCP's SDK the file that stands for another one has the same names", async () => {
  const file = Bun.file(join(MODULES, "@modelcontextprotocol/server/dist/shimsNode.mjs"));
  const names = (text: string) => new Set(new Bun.Transpiler({ loader: "js" }).scan(text).exports);
  expect(names(LEAN_SHIMS)).toEqual(names(await file.text()));
});

test("of PGlite's files only what nothing reads is left out: what an open database needs is there", async () => {
  const whole = await Bun.file(join(import.meta.dir, "../..", PGLITE, "pglite.data")).bytes();
  const lean = await leanPgliteData();
  expect(lean.length).toBe(whole.length);
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
  // Words of the Snowball stemmer, a stop word list, time zones; then of initdb's commands.
  for (const needed of ["english_UTF_8_stem", "yourselves", "TZif2", "plpgsql_call_handler"])
    expect([needed, text(lean).split(needed).length]).toEqual([needed, text(whole).split(needed).length]);
  expect(text(whole)).toContain("CREATE VIEW pg_stat_activity");
  expect(text(lean)).not.toContain("CREATE VIEW pg_stat_activity");
});
