import { join } from "node:path";
import type { Part } from "./third-party.ts";

const TEXTS = join(import.meta.dir, "texts");

/**
 * The versions whose contents were read for this list. A build with another one fails until it was read again: what it
 * links, and under which licence. Bun tells it in `docs/project/license.mdx` of `bun-types`.
 */
export const READ_FOR: Readonly<Record<string, string>> = {
  bun: "1.4.5",
  "@electric-sql/pglite": "0.5.16",
  "@electric-sql/pglite-pgvector": "0.0.15",
  "onnxruntime-web": "1.30.0",
  "pdfjs-dist": "6.5.438",
};

/** Texts of packages whose folder has none, by the names of both. */
const MISSING: Readonly<Record<string, readonly string[]>> = {
  "onnxruntime-web": ["onnxruntime", "onnxruntime-notices"],
};

type Told = Omit<Part, "texts" | "of" | "version"> & {
  readonly version?: string | undefined;
  /** Names in `texts/`; without, the one of its own name. */
  readonly texts?: readonly string[];
};

const versions: Readonly<Record<string, string | undefined>> = process.versions;
const RELINKED =
  "met: it may be changed and put into this program, as said above; its source is that of the commit above";

const PGLITE: readonly Told[] = [
  {
    ...{ name: "PostgreSQL", version: "18.6", licence: "PostgreSQL AND BSD-3-Clause", texts: ["postgresql"] },
    source: "https://www.postgresql.org/ftp/source/",
  },
  {
    name: "ICU",
    version: "76.1",
    licence: "Unicode-3.0",
    source: "https://github.com/unicode-org/icu",
    texts: ["icu"],
  },
  { name: "libxml2", licence: "MIT", source: "https://gitlab.gnome.org/GNOME/libxml2" },
  { name: "zlib", version: "1.3.2", licence: "Zlib", source: "https://zlib.net", texts: ["zlib"] },
  ...emscripten("6.0.13"),
];

const ONNXRUNTIME: readonly Told[] = [
  { name: "ONNX", licence: "Apache-2.0", source: "https://github.com/onnx/onnx", texts: ["onnxruntime-notices"] },
  {
    name: "Abseil",
    licence: "Apache-2.0",
    source: "https://github.com/abseil/abseil-cpp",
    texts: ["onnxruntime-notices"],
  },
  {
    name: "Protocol Buffers",
    licence: "BSD-3-Clause",
    source: "https://github.com/protocolbuffers/protobuf",
    texts: ["onnxruntime-notices"],
  },
  { name: "RE2", licence: "BSD-3-Clause", source: "https://github.com/google/re2", texts: ["onnxruntime-notices"] },
  {
    name: "FlatBuffers",
    licence: "Apache-2.0",
    source: "https://github.com/google/flatbuffers",
    texts: ["onnxruntime-notices"],
  },
  {
    name: "JSON for Modern C++",
    licence: "MIT",
    source: "https://github.com/nlohmann/json",
    texts: ["onnxruntime-notices"],
  },
  { name: "SafeInt", licence: "MIT", source: "https://github.com/dcleblanc/SafeInt", texts: ["onnxruntime-notices"] },
  { name: "GSL", licence: "MIT", source: "https://github.com/microsoft/GSL", texts: ["onnxruntime-notices"] },
  {
    ...{ name: "Eigen", licence: "MPL-2.0", source: "https://gitlab.com/libeigen/eigen" },
    ...{ texts: ["onnxruntime-notices", "mpl-2.0"], met: "met: unchanged; its source is at the address above" },
  },
  ...emscripten(),
];

const PDFJS: readonly Told[] = [
  {
    name: "Adobe CMap resources",
    licence: "BSD-3-Clause",
    source: "https://github.com/adobe-type-tools/cmap-resources",
    texts: ["cmaps"],
  },
  {
    name: "Foxit fonts of PDFium",
    licence: "BSD-3-Clause",
    source: "https://pdfium.googlesource.com/pdfium/",
    texts: ["foxit"],
  },
];

const MODEL: readonly Told[] = [
  {
    ...{ name: "all-MiniLM-L6-v2, int8", licence: "Apache-2.0", texts: ["model", "model-origin"] },
    source: "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
  },
];

const BUN: readonly Told[] = [
  {
    name: "Bun",
    version: Bun.version,
    licence: "MIT",
    source: `https://github.com/oven-sh/bun, commit ${Bun.revision}`,
  },
  {
    ...{ name: "JavaScriptCore", version: ofBun("webkit"), licence: "LGPL-2.0-or-later AND BSD-2-Clause" },
    ...{ source: "https://github.com/oven-sh/WebKit", texts: ["webkit", "lgpl-2", "lgpl-2.1"], met: RELINKED },
  },
  {
    ...{ name: "tinycc", version: ofBun("tinycc"), licence: "LGPL-2.1-or-later" },
    ...{ source: "https://github.com/oven-sh/tinycc", texts: ["tinycc", "lgpl-2.1"], met: RELINKED },
  },
  {
    name: "boringssl",
    version: ofBun("boringssl"),
    licence: "Apache-2.0 AND ISC AND OpenSSL AND MIT",
    source: "https://boringssl.googlesource.com/boringssl/",
  },
  { name: "brotli", licence: "MIT", source: "https://github.com/google/brotli" },
  {
    name: "libarchive",
    version: ofBun("libarchive"),
    licence: "BSD-2-Clause AND BSD-3-Clause",
    source: "https://github.com/libarchive/libarchive",
    texts: ["libarchive", "cc0-1.0"],
  },
  {
    name: "lol-html",
    version: ofBun("lolhtml"),
    licence: "BSD-3-Clause",
    source: "https://github.com/cloudflare/lol-html",
  },
  {
    name: "ls-hpack",
    version: ofBun("lshpack"),
    licence: "MIT AND BSD-2-Clause",
    source: "https://github.com/litespeedtech/ls-hpack",
    texts: ["ls-hpack", "xxhash"],
  },
  { name: "ls-qpack", licence: "MIT", source: "https://github.com/litespeedtech/ls-qpack" },
  {
    name: "lsquic",
    licence: "MIT AND BSD-3-Clause",
    source: "https://github.com/litespeedtech/lsquic",
    texts: ["lsquic", "lsquic-chrome"],
  },
  { name: "mimalloc", version: ofBun("mimalloc"), licence: "MIT", source: "https://github.com/microsoft/mimalloc" },
  {
    name: "picohttp",
    version: ofBun("picohttpparser"),
    licence: "MIT",
    source: "https://github.com/h2o/picohttpparser",
    texts: ["picohttpparser"],
  },
  { name: "zstd", version: ofBun("zstd"), licence: "BSD-3-Clause", source: "https://github.com/facebook/zstd" },
  { name: "simdutf", licence: "Apache-2.0", source: "https://github.com/simdutf/simdutf", texts: ["apache-2.0"] },
  {
    name: "uSockets",
    version: ofBun("usockets"),
    licence: "Apache-2.0",
    source: "https://github.com/uNetworking/uSockets",
    texts: ["apache-2.0"],
  },
  {
    name: "uWebsockets",
    version: ofBun("uwebsockets"),
    licence: "Apache-2.0",
    source: "https://github.com/jarred-sumner/uwebsockets",
    texts: ["apache-2.0"],
  },
  { name: "zlib-ng", version: ofBun("zlib"), licence: "Zlib", source: "https://github.com/zlib-ng/zlib-ng" },
  { name: "c-ares", version: ofBun("ares"), licence: "MIT", source: "https://github.com/c-ares/c-ares" },
  {
    name: "libicu",
    version: ofBun("icu"),
    licence: "Unicode-3.0",
    source: "https://github.com/unicode-org/icu",
    texts: ["icu"],
  },
  { name: "libbase64", licence: "BSD-2-Clause", source: "https://github.com/aklomp/base64", texts: ["base64"] },
  { name: "libuv", version: ofBun("uv"), licence: "MIT", source: "https://github.com/libuv/libuv" },
  {
    name: "libdeflate",
    version: ofBun("libdeflate"),
    licence: "MIT",
    source: "https://github.com/ebiggers/libdeflate",
  },
  {
    name: "libjpeg-turbo",
    licence: "IJG AND BSD-3-Clause AND Zlib",
    source: "https://github.com/libjpeg-turbo/libjpeg-turbo",
  },
  { name: "libspng", licence: "BSD-2-Clause AND libpng-2.0", source: "https://github.com/randy408/libspng" },
  { name: "libwebp", licence: "BSD-3-Clause", source: "https://github.com/webmproject/libwebp" },
  {
    name: "highway",
    licence: "Apache-2.0",
    source: "https://github.com/google/highway",
    texts: ["highway", "apache-2.0"],
  },
  {
    name: "HdrHistogram_c",
    licence: "BSD-2-Clause",
    source: "https://github.com/HdrHistogram/HdrHistogram_c",
    texts: ["hdrhistogram"],
  },
  { name: "sqlite", version: ofBun("sqlite"), licence: "blessing", source: "https://sqlite.org", texts: ["sqlite"] },
  { name: "llhttp", version: ofBun("llhttp"), licence: "MIT", source: "https://github.com/nodejs/llhttp" },
  {
    name: "Tigerbeetle's IO code",
    licence: "Apache-2.0",
    source: "https://github.com/tigerbeetle/tigerbeetle",
    texts: ["tigerbeetle", "apache-2.0"],
  },
  {
    name: "LLVM libc++ and libc++abi",
    licence: "Apache-2.0 WITH LLVM-exception AND MIT AND NCSA",
    source: "https://github.com/llvm/llvm-project",
    texts: ["libcxx"],
  },
  { name: "musl", licence: "MIT", source: "https://musl.libc.org" },
  { name: "esbuild", licence: "MIT", source: "https://github.com/evanw/esbuild" },
  {
    ...{
      name: "Lightning CSS",
      licence: "MPL-2.0",
      source: "https://github.com/parcel-bundler/lightningcss",
      texts: ["mpl-2.0"],
    },
    met: "met: what Bun derived from it is in Bun's source, at the commit above",
  },
  {
    ...{ name: "Servo", licence: "MPL-2.0", source: "https://github.com/servo/servo", texts: ["mpl-2.0"] },
    met: "met: what Bun derived from it is in Bun's source, at the commit above",
  },
  ...polyfills(),
];

const PARTS: Readonly<Record<string, readonly Told[]>> = {
  "@electric-sql/pglite": PGLITE,
  "@electric-sql/pglite-pgvector": [
    {
      name: "pgvector for PostgreSQL",
      version: "0.8.7",
      licence: "PostgreSQL",
      source: "https://github.com/pgvector/pgvector",
      texts: ["pgvector"],
    },
  ],
  "onnxruntime-web": ONNXRUNTIME,
  "pdfjs-dist": PDFJS,
  "this program": MODEL,
  Bun: BUN,
};

/** Texts that stand elsewhere in the project. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  cmaps: "node_modules/pdfjs-dist/cmaps/LICENSE",
  foxit: "node_modules/pdfjs-dist/standard_fonts/LICENSE_FOXIT",
  model: "src/embed/builtin/model/LICENSE",
  "model-origin": "src/embed/builtin/model/README.md",
};

/** The parts, with their texts. Throws when one of them is not there. */
export async function readParts(): Promise<readonly Part[]> {
  const all = Object.entries(PARTS).flatMap(([of, parts]) => parts.map((part) => ({ ...part, of })));
  return Promise.all(
    all.map(async ({ version = "", texts, ...part }) => ({
      ...part,
      version,
      texts: await Promise.all((texts ?? [part.name.toLowerCase()]).map(textOf)),
    })),
  );
}

/** What stands here for the packages that bring no licence text. */
export async function missingTexts(): Promise<ReadonlyMap<string, readonly string[]>> {
  const entries = Object.entries(MISSING).map(
    async ([name, texts]) => [name, await Promise.all(texts.map(textOf))] as const,
  );
  return new Map(await Promise.all(entries));
}

function textOf(name: string): Promise<string> {
  const elsewhere = ELSEWHERE[name];
  const path = elsewhere === undefined ? join(TEXTS, `${name}.txt`) : join(import.meta.dir, "../..", elsewhere);
  return Bun.file(path).text();
}

/** The version or commit of a part of Bun, as it tells it itself. */
function ofBun(name: string): string | undefined {
  return versions[name];
}

/** What every file that is compiled with Emscripten has in it. */
function emscripten(version?: string): readonly Told[] {
  return [
    { name: "Emscripten", version, licence: "MIT OR NCSA", source: "https://github.com/emscripten-core/emscripten" },
    { name: "musl", licence: "MIT", source: "https://musl.libc.org" },
    {
      name: "libc++ and libc++abi",
      licence: "Apache-2.0 WITH LLVM-exception AND MIT AND NCSA",
      source: "https://github.com/llvm/llvm-project",
      texts: ["libcxx"],
    },
  ];
}

/** Packages in Bun that stand in for Node's modules. */
function polyfills(): readonly Told[] {
  const own = [
    ...[
      "acorn-walk",
      "assert",
      "browserify-zlib",
      "buffer",
      "constants-browserify",
      "crypto-browserify",
      "domain-browser",
    ],
    ...["events", "https-browserify", "os-browserify", "path-browserify", "process", "punycode", "querystring-es3"],
    ...["stream-browserify", "stream-http", "string_decoder", "timers-browserify", "tty-browserify", "url", "util"],
    "vm-browserify",
  ].map((name) => ({ name, texts: [`polyfill-${name}`] }));
  return [{ name: "acorn", texts: ["acorn"] }, ...own].map((part) => ({ ...part, licence: "MIT", source: "" }));
}
