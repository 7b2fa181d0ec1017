import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes a Markdown corpus with its `sources.toml` into `directory`: `pages` files of `sections` chunks each. */
export function writeCorpus(directory: string, { pages = 20, sections = 3, source = "docs" } = {}): string {
  for (let page = 0; page < pages; page++) writePage(directory, source, page, sections);
  writeFileSync(
    join(directory, "sources.toml"),
    `[[sources]]\nname = "${source}"\nparser = "mdx"\npaths = ["${source}"]\n`,
  );
  return join(directory, source);
}

/** (Re)writes one page; `words` make its text differ. */
export function writePage(
  directory: string,
  source: string,
  page: number,
  sections: number,
  words = "channels and records",
): void {
  const path = join(directory, source, `page-${String(page).padStart(4, "0")}.md`);
  mkdirSync(dirname(path), { recursive: true });
  const body = Array.from(
    { length: sections },
    (_, section) =>
      // Long enough that two sections are not joined to one chunk.
      `## Section ${section}\n\n${Array.from({ length: 14 }, (_, line) => `Line ${line} of page ${page}, section ${section}: on ${words} in a program.`).join("\n")}\n`,
  );
  writeFileSync(path, `# Page ${page}\n\n${body.join("\n")}`);
}

export function removePage(directory: string, source: string, page: number): void {
  rmSync(join(directory, source, `page-${String(page).padStart(4, "0")}.md`));
}
