import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { emptyPagesPdf, encryptedPdf, halfDamagedPdf, hostilePdfs, strangePdfs, textPdf } from "./hostile-pdf.ts";
import { hostileTexts } from "./hostile-text.ts";

/** What a run over the corpus has to say. Paths are as they stand in its messages. */
export type HostileCorpus = {
  /** Files that cannot be ingested, and a part of the reason that is given. */
  readonly failed: readonly (readonly [path: string, reason: RegExp])[];
  /** Files that are rightly not ingested. */
  readonly skipped: readonly (readonly [path: string, reason: RegExp])[];
  /** `source_url` of what is ingested, strange or not. */
  readonly ingested: readonly string[];
};

/** Of each file made of one text that parsers choke on. */
const TEXT_CHARACTERS = 20_000;
const FILE_SIZE_MAX_MB = 5;
const BYTES_PER_MEGABYTE = 1024 * 1024;

/** Environment of the runs: what is too slow or too large ends soon. */
export const HOSTILE_LIMITS = { BBJ_RAG_PDF_TIMEOUT: "15", BBJ_RAG_FILE_SIZE_MAX: String(FILE_SIZE_MAX_MB) } as const;

/** Writes a corpus of broken and strange files, healthy ones in between, with its `sources.toml`. */
export function writeHostileCorpus(directory: string): HostileCorpus {
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  };
  writeFileSync(
    join(directory, "sources.toml"),
    [
      '[[sources]]\nname = "pages"\nparser = "mdx"\npaths = ["pages"]\n',
      '[[sources]]\nname = "manuals"\nparser = "pdf"\npaths = ["manuals"]\n',
      '[[sources]]\nname = "programs"\nparser = "bbj-source"\npaths = ["programs"]\n',
      '[[sources]]\nname = "secrets"\nparser = "pdf"\npaths = ["secrets"]\npdf_password = "open sesame"\n',
    ].join("\n"),
  );
  return joined([pages(directory, write), texts(write), manuals(write), programs(write), notFiles(directory, write)]);
}

type Write = (path: string, content: string | Uint8Array) => void;

function pages(directory: string, write: Write): HostileCorpus {
  const utf16 = Buffer.from("\ufeff# Sixteen\n\nTwo bytes a character.\n", "utf16le");
  const files: Readonly<Record<string, string | Uint8Array>> = {
    "a-healthy.md": "# Healthy\n\nThe first page.\n",
    "utf-16-le.md": utf16,
    "utf-16-be.md": Buffer.from(utf16).swap16(),
    "cp1252.md": Buffer.from("# Gr\xfc\xdfe\n\nUmlauts of \x93one\x94 byte.\n", "latin1"),
    "nul.md": "# Nul\n\nBefore\0 and after.\n",
    "lone-surrogates.md": Buffer.concat([
      Buffer.from("# Half\n\nA pair "),
      Buffer.from([0xed, 0xa0, 0xbd]),
      Buffer.from(" cut.\n"),
    ]),
    "fffe-in-utf-16.md": Buffer.from("\ufeff# Noncharacter\n\nIt is \ufffe here.\n", "utf16le"),
    "crlf.md": "# Windows\r\n\r\nA line\r\nand one more.\r\n",
    "cr.md": "# Old Mac\r\rA line\rand one more.\r",
    "open-front-matter.md": "---\ntitle: Open\n\n# Never closed\n\nText.\n",
    "open-fence.md": "# Fence\n\n```bbj\nrem never closed\n",
    "open-jsx.md": "# Tabs\n\n<Tabs>\n<TabItem value='a'>\n\nText in tabs.\n",
    "no-yaml.md": "---\ntitle: [a, b\n---\n\n# Brackets\n\nText.\n",
    "new\nline.md": "# Two lines\n\nIts name has two.\n",
    "a name with spaces .md": "# Spaces\n\nText.\n",
    "🦄.md": "# Unicorn\n\nText.\n",
    "x.md/inside.md": "# Inside\n\nIn a folder that is called like a page.\n",
    [`${"deep/".repeat(150)}bottom.md`]: "# Bottom\n\nFar down.\n",
    "z-healthy.md": "# Healthy\n\nThe last page.\n",
  };
  for (const [path, content] of Object.entries(files)) write(`pages/${path}`, content);
  write("pages/empty.md", "");
  write("pages/mark-only.md", Buffer.from([0xef, 0xbb, 0xbf]));
  write("pages/spaces-only.md", " \n\t\n ");
  write("pages/too-large.md", "# Too large\n\n");
  truncateSync(join(directory, "pages/too-large.md"), (FILE_SIZE_MAX_MB + 1) * BYTES_PER_MEGABYTE);
  return {
    failed: [["pages/too-large.md", /^too large: 6\.0 MB, and file_size_max allows 5\.0 MB$/]],
    skipped: ["empty.md", "mark-only.md", "spaces-only.md"].map((name) => [`pages/${name}`, /^a page without text$/]),
    ingested: Object.keys(files).map((path) => `pages://${path}`),
  };
}

function texts(write: Write): HostileCorpus {
  for (const [name, make] of Object.entries(hostileTexts)) {
    const file = name.replaceAll(/[^a-zA-Z0-9]+/g, "-");
    write(`pages/texts/${file}.md`, `# ${name}\n\nA healthy line.\n\n${make(TEXT_CHARACTERS)}`);
    write(`pages/starts/${file}.md`, make(TEXT_CHARACTERS));
    write(`programs/texts/${file}.bbj`, `rem A healthy line.\n${make(TEXT_CHARACTERS)}`);
  }
  const names = Object.keys(hostileTexts).map((name) => name.replaceAll(/[^a-zA-Z0-9]+/g, "-"));
  return {
    failed: [],
    skipped: [],
    ingested: names.flatMap((name) => [`pages://texts/${name}.md`, `file://programs/texts/${name}.bbj`]),
  };
}

function manuals(write: Write): HostileCorpus {
  const damaged: Readonly<Record<string, RegExp>> = {
    "draws-ten-times-ten-times-ten": /^takes longer than pdf_timeout|^damaged: page 1: more than \d+ pieces of text$/,
    // On a slow machine the time is over first.
    "inflates-to-2-gb": /^damaged: page 1: a stream of it inflates to more than 128 MB$|^takes longer than pdf_timeout/,
    "page-tree-loop": /^damaged: page 1: .*circular/,
    "no-pages": /^damaged: it has no pages$/,
  };
  for (const [name, make] of Object.entries(hostilePdfs)) write(`manuals/${name}.pdf`, make());
  for (const [name, make] of Object.entries(strangePdfs)) write(`manuals/${name}.pdf`, make());
  write("manuals/a-healthy.pdf", textPdf("The first manual."));
  write("manuals/z-healthy.pdf", textPdf("The last manual."));
  write("manuals/half-damaged.pdf", halfDamagedPdf("The page that is whole."));
  write("manuals/encrypted.pdf", encryptedPdf("Never read.", "open sesame"));
  write("manuals/empty-pages.pdf", emptyPagesPdf(1_000));
  write("secrets/encrypted.pdf", encryptedPdf("Behind the door.", "open sesame"));
  write("secrets/other-password.pdf", encryptedPdf("Never read.", "something else"));
  const readable = ["a-healthy", "half-damaged", "z-healthy", ...Object.keys(strangePdfs)];
  return {
    failed: [
      ...Object.keys(hostilePdfs).map((name): readonly [string, RegExp] => [
        `manuals/${name}.pdf`,
        damaged[name] ?? /^is damaged or no PDF: /,
      ]),
      ["manuals/half-damaged.pdf", /^damaged in part: page 2: /],
      ["manuals/encrypted.pdf", /^is password-protected; pdf_password in its entry of sources\.toml opens it$/],
      ["secrets/other-password.pdf", /^is password-protected, and pdf_password of its source does not open it$/],
    ],
    skipped: [["manuals/empty-pages.pdf", /^no text layer/]],
    ingested: [
      ...readable.map((name) => `pdf://manuals/${name}.pdf#pages-1-1`),
      "pdf://secrets/encrypted.pdf#pages-1-1",
    ],
  };
}

function programs(write: Write): HostileCorpus {
  const files: Readonly<Record<string, string | Uint8Array>> = {
    "a-healthy.bbj": 'rem Opens a file and reads a record.\nopen (1) "file"\n',
    "one-long-line.bbj": `rem A long line.\nprint "${"x".repeat(200_000)}"\n`,
    "nul.bbj": `rem Before\0 and after.\n${'print "a line"\n'.repeat(20)}`,
    "z-healthy.bbj": "rem Closes what is open.\nclose (1)\n",
  };
  for (const [path, content] of Object.entries(files)) write(`programs/${path}`, content);
  write(
    "programs/binary.bbj",
    Uint8Array.from({ length: 5_000 }, (_, index) => index % 251),
  );
  write("programs/empty.bbj", "");
  write("programs/letter.txt", "Dear reader,\n\nthis is no program.\n");
  return {
    failed: [],
    skipped: [
      ["programs/binary.bbj", /^tokenised/],
      ["programs/empty.bbj", /^an empty file$/],
      ["programs/letter.txt", /^not recognised as BBj source$/],
    ],
    ingested: Object.keys(files).map((path) => `file://programs/${path}`),
  };
}

/** Entries of folders that are no files, or whose names are none. */
function notFiles(directory: string, write: Write): HostileCorpus {
  write("pages/loop/a.md", "# Loop\n\nIn a folder that has a link to itself.\n");
  write("manuals/folder.pdf/a.pdf", textPdf("In a folder that is called like a manual."));
  symlinkSync(".", join(directory, "pages/loop/again"));
  symlinkSync("nowhere.md", join(directory, "pages/dangling.md"));
  symlinkSync("circle-b.md", join(directory, "pages/circle-a.md"));
  symlinkSync("circle-a.md", join(directory, "pages/circle-b.md"));
  symlinkSync("a-healthy.md", join(directory, "pages/link.md"));
  if (Bun.spawnSync(["mkfifo", join(directory, "pages/pipe.md")]).exitCode !== 0) throw new Error("mkfifo failed");
  const badName = Buffer.concat([
    Buffer.from(join(directory, "pages/bad-")),
    Buffer.from([0xff, 0xfe]),
    Buffer.from(".md"),
  ]);
  writeFileSync(badName, "# A name of bytes\n\nText.\n");
  return {
    failed: [
      ["pages/bad-\ufffd\ufffd.md", /^its name is not valid UTF-8: rename it$/],
      ["pages/dangling.md", /^a link that leads nowhere: it does not exist/],
      ["pages/circle-a.md", /^a link that leads nowhere: links that lead in a circle/],
      ["pages/circle-b.md", /^a link that leads nowhere: links that lead in a circle/],
      ["pages/pipe.md", /^not a regular file$/],
    ],
    skipped: [["pages/loop/again", /^a link to a folder it lies in$/]],
    ingested: ["pages://loop/a.md", "pdf://manuals/folder.pdf/a.pdf#pages-1-1"],
  };
}

function joined(parts: readonly HostileCorpus[]): HostileCorpus {
  return {
    failed: parts.flatMap(({ failed }) => failed),
    skipped: parts.flatMap(({ skipped }) => skipped),
    ingested: parts.flatMap(({ ingested }) => ingested),
  };
}
