import fc from "fast-check";
import { BEFORE, FRAGMENTS, LINES, PREFIXES, WORDS } from "./hard-lines.ts";

// Pages of Markdown and MDX that are hard to divide: what begins, ends and holds something, and what looks like it.

const line = fc.tuple(fc.constantFrom(...BEFORE), fc.constantFrom(...LINES)).map((parts) => parts.join(""));
const block = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 4 }), fc.constantFrom("\n\n", "\n\n", "\n", "\n \n", "\n\n\n"))
  .map(([lines, end]) => lines.join("\n") + end);

const mixed = fc
  .tuple(
    fc.array(fc.constantFrom(...PREFIXES), { maxLength: 3 }),
    fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 6 }),
    fc.constantFrom("", "", " "),
    fc.constantFrom("", "", "", "  ", "\\", "\t"),
  )
  .map(([before, fragments, between, behind]) => before.join("") + fragments.join(between) + behind);
const mixedLines = fc.array(mixed, { maxLength: 4 }).map((lines) => lines.join("\n"));

/** What has several lines, with lines of all kinds in between. */
const construct = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("", "", "  ", "> ", "- ", "\t"),
      fc.constantFrom("```", "~~~", "````"),
      fc.constantFrom("", "js", ' x "y"', " <b>"),
      mixedLines,
      fc.constantFrom("```", "~~~", "`````", "~~~~ ", "```\t", "  ```", "\t~~~", "``", "``` x", ""),
    )
    .map(([before, mark, info, lines, end]) => `${before}${mark}${info}\n${lines}\n${end}`),
  fc
    .tuple(
      fc.constantFrom(
        "import {",
        "export const a = {",
        "<A b={",
        "{",
        "<!--",
        "$$",
        "<A\n",
        "{`",
        "export const m = `",
      ),
      mixedLines,
      fc.constantFrom("", "\n"),
      mixedLines,
      fc.constantFrom("} from 'b'", "};", "}", "} />", "-->", "$$", "/>", "`}", "`;"),
    )
    .map(([begin, lines, blank, more, end]) => `${begin}\n${lines}\n${blank}${more}\n${end}`),
  fc
    .tuple(
      fc.constantFrom("a", "b", "A  b", "^1", "c\nd"),
      fc.constantFrom(" ", "\n", "\n  ", ""),
      fc.constantFrom("/x", "<x y>", "https://q.r", "```", "- x", "# x"),
      fc.constantFrom("", " 't'", "\n't'", ' "t\nu"', "\n'"),
    )
    .map(([label, gap, destination, title]) => `[${label}]:${gap}${destination}${title}`),
  fc
    .tuple(mixed, fc.constantFrom("===", "---", "=", "  ===", "> ===", "---  ", "==\t"))
    .map((lines) => lines.join("\n")),
  fc
    .tuple(mixed, mixed, mixed, fc.constantFrom("", "\n"))
    .map(([one, other, last, blank]) => `- ${one}\n${blank}  ${other}\n${blank}    ${last}`),
  fc.tuple(mixed, mixed, mixed).map(([one, lazy, other]) => `> ${one}\n${lazy}\n> ${other}`),
);

const MARKS = ["```js", "~~~", "````md"];
const WHOLE = [
  ...LINES,
  ...MARKS.map((mark) => `${mark}\n<b> {x}\n\n# [a](b)\n\n:::note\n${/^\W+/.exec(mark)?.[0] ?? ""}`),
  "- one\n- two [a](b)\n\n  three `<b>`",
  "- one\n\n  ```\n  {\n\n  ```",
  "> one\n> [a](b)",
  ":::note The title\nWords [a](b).\n:::",
  "## Two words {#two-words}",
  "| a | b |\n|---|---|\n| `<T>` | [c](https://d.e) |",
];
/** In whole blocks, so that most of a page is known. */
const blocks = fc.constantFrom(...WHOLE.map((lines) => `${lines}\n\n`));

const words = fc
  .tuple(fc.array(fc.constantFrom(...WORDS), { maxLength: 5 }), fc.constantFrom(" ", " ", "  ", "\t", ""))
  .map(([parts, between]) => parts.join(between));
/** What means something everywhere, with words of any kind in and around it. */
const known = fc
  .tuple(
    fc.constantFrom(
      "",
      "- ",
      "* ",
      "1. ",
      "> ",
      "- > ",
      "   - ",
      "-\t",
      "## ",
      "##\t",
      ":::note ",
      ":::",
      "    ",
      "\t",
    ),
    words,
    fc.constantFrom("", "`{W}`", "[{W}](/a)", "[`{W}`](https://b.c/d?e=f#g)", "![{W}](a.png)", "<!-- {W} -->", "</A>"),
    fc.constantFrom("", "<A>", "<A.b c='{W}'/>", '<A label="{W}" d >', "<b>{W}</b>", "<TabItem\tlabel = 'The e' >"),
    fc.constantFrom("", "", "\n{W}", "\n  {W}", "\n> {W}", "\n\t`{W}`", " {#id}", "\n---", "\n</b>"),
    words,
  )
  .map(([before, some, one, other, behind, more]) => {
    return (before + some + one + other + behind).replaceAll("{W}", more);
  });
const end = fc.constantFrom("\n\n", "\n\n", "\n\n", "\n", "\n \n", "\n\t\n\n");
const knownBlock = fc.tuple(known, end).map((parts) => parts.join(""));
const anyBlock = fc.tuple(fc.oneof(mixed, construct), end).map((parts) => parts.join(""));

/** What micromark takes for the end of a line, for another character, or for none. */
const rare = fc.tuple(fc.constantFrom("\r\n", "\r", "\0", "\ufeff"), fc.nat());

/** Blocks of a page, most of which is known. */
export const calmBlocks = fc.oneof(
  { weight: 3, arbitrary: blocks },
  { weight: 6, arbitrary: knownBlock },
  { weight: 1, arbitrary: block },
);

export const hardPage = fc.oneof(
  fc.array(fc.oneof({ weight: 2, arbitrary: block }, { weight: 3, arbitrary: blocks }), { maxLength: 14 }).map(joined),
  fc.array(fc.oneof({ weight: 3, arbitrary: knownBlock }, anyBlock), { maxLength: 12 }).map(joined),
  fc.array(anyBlock, { maxLength: 8 }).map(joined),
  fc
    .tuple(fc.array(fc.oneof(block, anyBlock), { maxLength: 8 }).map(joined), fc.array(rare, { maxLength: 3 }))
    .map(([page, rares]) => rares.reduce(insert, page)),
);

function joined(parts: readonly string[]): string {
  return parts.join("");
}

function insert(page: string, [character, place]: readonly [string, number]): string {
  const at = place % (page.length + 1);
  return page.slice(0, at) + character + page.slice(at);
}
