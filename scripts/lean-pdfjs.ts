import type { BunPlugin } from "bun";

/** Modules of pdfjs's display part that only draw pages, or edit them. */
const NEVER_CALLED = ["canvas", "dom_filter_factory", "editor/editor", "renderer_worker_proxy", "webgpu"].map(
  (name) => `./src/display/${name}.js`,
);
const EXPORTED = ["getDocument", "PDFWorker"];

/** Each stands behind a comment with its path. */
const MODULE = /^;\/\/ (\.\/\S+)$/m;
const DECLARATION = /^(?:async )?(?:class|function|const|let|var) (\w+)/gm;
const NAME = /[\w$]+/g;
/** At the start of a line: all but declarations of a name, and what ends them or stands in them. */
const STATEMENT = /^(?!(?:async |class |function |(?:const|let|var) \w|[\s})\]/;`]))./m;
const GLOBAL = /^globalThis\.pdfjsLib = \{[^}]*\};$/m;
const EXPORTS = /^export \{[^}]*\};$/m;

/**
 * Leaves out what a reader of text never asks pdfjs's display part for: half of it, in which the bundler finds nothing
 * unused, since all of it is given to `globalThis`. A page that came to what is left out would be told as damaged.
 */
export const leanPdfjs: BunPlugin = {
  name: "lean-pdfjs",
  setup(build) {
    build.onLoad({ filter: /[\\/]pdfjs-dist[\\/]build[\\/]pdf\.mjs$/ }, async ({ path }) => ({
      contents: leanDisplayPart(await Bun.file(path).text()),
      loader: "js",
    }));
  },
};

/**
 * The display part with those modules that declare what is exported, that do something when they are loaded, or that
 * declare what one of these names. A name is taken for used wherever its word stands: so too much may be kept, and nothing
 * that is used is missing. Throws when the file is not built as it was.
 */
export function leanDisplayPart(bundle: string): string {
  const [, ...pieces] = bundle.replace(GLOBAL, "").replace(EXPORTS, "").split(MODULE);
  const modules = pieces.flatMap((path, index) => (index % 2 === 0 ? [moduleOf(path, pieces[index + 1] ?? "")] : []));
  const owners = new Map(modules.flatMap((module) => module.declared.map((name) => [name, module] as const)));
  const kept = new Set(modules.filter(({ code }) => STATEMENT.test(code)));
  const keep = (name: string) => {
    const owner = owners.get(name);
    if (owner !== undefined) kept.add(owner);
    return owner !== undefined;
  };
  const isAsItWas =
    EXPORTED.every(keep) && NEVER_CALLED.every((path) => modules.some((module) => module.path === path));
  if (!isAsItWas) throw new Error("pdfjs-dist is not built as it was: see scripts/lean-pdfjs.ts");
  // Those that are added meanwhile have their turn, too.
  for (const { code } of kept) for (const [name] of code.matchAll(NAME)) keep(name);
  const code = modules.flatMap((module) => (kept.has(module) ? module.code : []));
  return `${code.join("\n")}\nexport { ${EXPORTED.join(", ")} };\n`;
}

type Module = { readonly path: string; readonly code: string; readonly declared: readonly string[] };

/** Of what is never called, only the names are left. */
function moduleOf(path: string, code: string): Module {
  const declared = [...code.matchAll(DECLARATION)].flatMap(([, name]) => name ?? []);
  if (!NEVER_CALLED.includes(path)) return { path, code, declared };
  return { path, code: declared.map((name) => `class ${name} {}`).join("\n"), declared };
}
