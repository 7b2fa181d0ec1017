import type { BunPlugin } from "bun";

/** What is kept of a part of pdfjs, which is one file of many modules. */
type Lean = {
  readonly exported: readonly string[];
  /** Modules, or folders of them, that no reader of text calls; of them only the names are left. */
  readonly neverCalled: readonly string[];
  /** What stands in place of a module. */
  readonly instead: Readonly<Record<string, string>>;
};

/** It draws pages, and edits them. */
const DISPLAY_PART: Lean = {
  exported: ["getDocument", "PDFWorker"],
  neverCalled: [
    ...["canvas.js", "canvas_dependency_tracker.js", "dom_filter_factory.js", "editor/editor.js"],
    ...["renderer_worker_proxy.js", "webgpu.js"],
  ].map((path) => `./src/display/${path}`),
  instead: {},
};

/**
 * It lays out forms in XFA (`enableXfa`) with fonts that stand in for theirs, compiles what computes colours (`useWasm`),
 * and takes documents apart (`extractPages`).
 */
const WORKER_PART: Lean = {
  exported: ["WorkerMessageHandler"],
  neverCalled: ["xfa/", "xfa_fonts.js", "postscript/wasm_compiler.js", "editor/pdf_editor.js"].map(
    (path) => `./src/core/${path}`,
  ),
  // Notes have their text twice: plain, and as HTML of XFA, which is left as what cannot be read is.
  instead: { "./src/core/xfa/factory.js": "class XFAFactory { static getRichTextAsHtml() { return null; } }" },
};

/** Each stands behind a comment with its path. */
const MODULE = /^;\/\/ (\.\/\S+)$/m;
const DECLARATION = /^(?:\/\*.*?\*\/ )?(?:async )?(?:class|function\*?|const|let|var) (\w+)/gm;
const NAME = /[\w$]+/g;
/** At the start of a line: all but declarations of a name, and what ends them or stands in them. */
const STATEMENT = /^(?!(?:async |class |function\b|(?:const|let|var) \w|[\s})\]/;`]))./m;
const GLOBAL = /^globalThis\.pdfjs(?:Lib|Worker) = \{[^}]*\};$/m;
const EXPORTS = /^export \{[^}]*\};$/m;

/**
 * Leaves out what a reader of text never asks pdfjs for: half of its display part, in which the bundler finds nothing
 * unused, since all of it is given to `globalThis`, and a quarter of its worker part. A page that came to what is left out
 * would be told as damaged.
 */
export const leanPdfjs: BunPlugin = {
  name: "lean-pdfjs",
  setup(build) {
    build.onLoad({ filter: /[\\/]pdfjs-dist[\\/]build[\\/]pdf(?:\.worker)?\.mjs$/ }, async ({ path }) => {
      const lean = path.endsWith("worker.mjs") ? leanWorkerPart : leanDisplayPart;
      return { contents: lean(await Bun.file(path).text()), loader: "js" };
    });
  },
};

/** The display part, of `pdf.mjs`. Throws when the file is not built as it was. */
export function leanDisplayPart(bundle: string): string {
  return leanPart(bundle, DISPLAY_PART);
}

/** The worker part, of `pdf.worker.mjs`. Throws when the file is not built as it was. */
export function leanWorkerPart(bundle: string): string {
  return leanPart(bundle, WORKER_PART);
}

/**
 * A part with those modules that declare what is exported, that do something when they are loaded, or that declare what
 * one of these names. A name is taken for used wherever its word stands: so too much may be kept, and nothing that is used
 * is missing.
 */
function leanPart(bundle: string, { exported, neverCalled, instead }: Lean): string {
  const [, ...pieces] = bundle.replace(GLOBAL, "").replace(EXPORTS, "").split(MODULE);
  const paths = pieces.filter((_, index) => index % 2 === 0);
  const modules = paths.map((path, index): Module => {
    const code = pieces[2 * index + 1] ?? "";
    const declared = [...code.matchAll(DECLARATION)].flatMap(([, name]) => name ?? []);
    const isCalled = !neverCalled.some((never) => path.startsWith(never));
    return {
      code: instead[path] ?? (isCalled ? code : declared.map((name) => `class ${name} {}`).join("\n")),
      declared,
    };
  });
  const owners = new Map(modules.flatMap((module) => module.declared.map((name) => [name, module] as const)));
  const kept = new Set(modules.filter(({ code }) => STATEMENT.test(code)));
  const keep = (name: string) => {
    const owner = owners.get(name);
    if (owner !== undefined) kept.add(owner);
    return owner !== undefined;
  };
  const isAsItWas =
    exported.every(keep) &&
    Object.keys(instead).every((replaced) => paths.includes(replaced)) &&
    neverCalled.every((never) => paths.some((path) => path.startsWith(never)));
  if (!isAsItWas) throw new Error("pdfjs-dist is not built as it was: see scripts/lean-pdfjs.ts");
  // Those that are added meanwhile have their turn, too.
  for (const { code } of kept) for (const [name] of code.matchAll(NAME)) keep(name);
  const code = modules.flatMap((module) => (kept.has(module) ? module.code : []));
  return `${code.join("\n")}\nexport { ${exported.join(", ")} };\n`;
}

type Module = { readonly code: string; readonly declared: readonly string[] };
