import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLE } from "../../scripts/bundle.ts";
import { LEAN_SHIMS } from "../../scripts/lean-mcp.ts";
import { leanDisplayPart, leanWorkerPart } from "../../scripts/lean-pdfjs.ts";
import { withoutInitdb } from "../../scripts/lean-pglite.ts";
import { leanPgliteData, PGLITE } from "../../scripts/lean-pglite-data.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const MODULES = join(import.meta.dir, "../../node_modules");

test("a pdfjs that is built in another way is not taken apart", async () => {
  const bundle = await Bun.file(join(MODULES, "pdfjs-dist/build/pdf.mjs")).text();
  const lean = leanDisplayPart(bundle);
  expect(lean.length).toBeLessThan(bundle.length / 2);
  expect(new Bun.Transpiler({ loader: "js" }).scan(lean).exports).toEqual(["PDFWorker", "getDocument"]);
  expect(() => leanDisplayPart(bundle.replaceAll(";// ./src/", "// src/"))).toThrow("lean-pdfjs.ts");
  expect(() => leanDisplayPart(bundle.replace("src/display/canvas.js", "src/display/drawing.js"))).toThrow();
});

test("nor is one whose worker part is, which is left without forms in XFA", async () => {
  const bundle = await Bun.file(join(MODULES, "pdfjs-dist/build/pdf.worker.mjs")).text();
  const lean = leanWorkerPart(bundle);
  expect(new Bun.Transpiler({ loader: "js" }).scan(lean).exports).toEqual(["WorkerMessageHandler"]);
  for (const left of [
    "XFA - an error",
    "XFA - Cannot find the font",
    "class PsWasmCompiler {\n",
    "class PDFEditor {\n",
  ]) {
    expect([left, bundle.includes(left)]).toEqual([left, true]);
    expect([left, lean.includes(left)]).toEqual([left, false]);
  }
  for (const path of ["xfa/factory", "xfa_fonts", "postscript/wasm_compiler", "editor/pdf_editor"])
    expect(() => leanWorkerPart(bundle.replaceAll(`src/core/${path}.js`, "src/core/moved.js"))).toThrow(
      "lean-pdfjs.ts",
    );
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

test("PGlite's code is left without initdb, and not built when it runs that in another way", async () => {
  const folder = join(import.meta.dir, "../..", PGLITE);
  const { name, contents } = await withoutInitdb(folder);
  const whole = await Bun.file(join(folder, name)).text();
  const names = (text: string) => new Bun.Transpiler({ loader: "js" }).scan(text).exports;
  expect(names(contents)).toEqual(names(whole));
  expect(contents.length).toBeLessThan(whole.length / 2);
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, name), whole.replaceAll("initdb.wasm", "init.wasm"));
  await expect(withoutInitdb(directory.path)).rejects.toThrow("lean-pglite.ts");
});

test("no network of Node's is bundled: its bytecode would be in the executable, 0.5 MB, and loaded by many a start", async () => {
  const { outputs } = await Bun.build({ ...BUNDLE, target: "bun" });
  const code = await Promise.all(outputs.map((output) => output.text()));
  const asked = code.join("\n").matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?"(?:node:)?(fs|net|tls|https?)"/g);
  expect([...new Set([...asked].map(([, name]) => name))]).toEqual(["fs"]);
});
