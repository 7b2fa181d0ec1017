import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomFrom } from "../support/random.ts";

const SECTIONS_A_PAGE = 5;
const PAGES_A_FOLDER = 200;
const WORDS_A_SECTION = 230;
const WORDS =
  "the of a to is in and for file channel record string number method object window grid event control returns value when program reads writes opens closes session server client field template error line".split(
    " ",
  );

/** Writes pages whose sections are a chunk each, and of which no two have a sentence in common, and a `sources.toml` for them. */
export function writePages(directory: string, chunks: number): void {
  const random = randomFrom(chunks);
  const word = () => WORDS[Math.floor(random() ** 2 * WORDS.length)] ?? "";
  for (let page = 0; page < chunks / SECTIONS_A_PAGE; page++) {
    const folder = join(directory, "docs", `part-${Math.floor(page / PAGES_A_FOLDER)}`);
    if (page % PAGES_A_FOLDER === 0) mkdirSync(folder, { recursive: true });
    const sections = Array.from({ length: SECTIONS_A_PAGE }, (_, section) => {
      const words = Array.from({ length: WORDS_A_SECTION }, (__, at) => (at % 12 === 11 ? `${word()}.` : word()));
      const code = `\n\`\`\`bbj\nlet value_${page}! = "${word()}"\nprint value_${page}!\n\`\`\`\n`;
      return `## Section ${section} of ${page}\n\n${words.join(" ")}\n${section === 0 ? code : ""}`;
    });
    writeFileSync(join(folder, `page-${page}.md`), `# Page ${page}\n\n${sections.join("\n")}`);
  }
  writeFileSync(join(directory, "sources.toml"), '[[sources]]\nname = "docs"\nparser = "mdx"\npaths = ["docs"]\n');
}
