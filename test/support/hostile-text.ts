/** Texts that parsers choke on, by what they are made of; each is about as long as it is told to be. */
export const hostileTexts: Readonly<Record<string, (characters: number) => string>> = {
  "quotes in quotes": (characters) => `${">".repeat(characters)} text`,
  "open brackets": (characters) => `${"[".repeat(characters)} text`,
  "brackets in brackets": (characters) => `${"[".repeat(characters / 2)}text${"]".repeat(characters / 2)}`,
  "links that never end": (characters) => repeated("[text](", characters),
  "images that never end": (characters) => repeated("![", characters),
  "link definitions that never end": (characters) => repeated("[a\\", characters),
  "references to nothing": (characters) => repeated("[a][b]", characters),
  stars: (characters) => `${"*".repeat(characters)} text`,
  "stars between words": (characters) => repeated("*a **b ", characters),
  underscores: (characters) => `a${"_".repeat(characters)}b`,
  "list items in list items": (characters) => `${repeated("- ", characters)}text`,
  "ever deeper lists": (characters) => lines(characters, (line) => `${" ".repeat(line % 1_000)}- item ${line}`),
  "open elements": (characters) => `${repeated("<div>", characters)} text`,
  "elements in elements": (characters) =>
    `${repeated("<div>\n", characters / 2)}text\n${repeated("</div>\n", characters / 2)}`,
  "elements in headings": (characters) => `${repeated("<h2>", characters / 2)}text${repeated("</h2>", characters / 2)}`,
  "tables in tables": (characters) =>
    `${repeated("<table><tr><td>", characters / 2)}text${repeated("</td></tr></table>", characters / 2)}`,
  "elements of code": (characters) => `${repeated("<pre><code>", characters)} text</code></pre>`,
  "open code elements before the last closing one": (characters) => `${repeated("<code>`", characters)}</code>`,
  "anchors in anchors": (characters) => `${repeated('<a href="x">', characters)}text</a>`,
  "components that never end": (characters) => repeated("<Tabs ", characters),
  "attributes that never end": (characters) => `<Tabs ${repeated("a=1 ", characters)}`,
  "quoted attributes that never end": (characters) => repeated('<Tab a="', characters),
  "attribute values that are expressions": (characters) => repeated("<Tab a={", characters),
  "closing tags of nothing": (characters) => repeated("</div>", characters),
  "angle brackets": (characters) => "<".repeat(characters),
  "open comments": (characters) => repeated("<!-- ", characters),
  "comments that open and open": (characters) => `${repeated("<!-- a ", characters)}-->`,
  "declarations that never end": (characters) => repeated("<!A", characters),
  "open braces": (characters) => `${"{".repeat(characters)} text`,
  "braces in braces": (characters) => `${"{".repeat(characters / 2)}text${"}".repeat(characters / 2)}`,
  "open braces on lines of their own": (characters) => repeated("{\n\n", characters),
  "open templates": (characters) => repeated("{`${", characters),
  "JavaScript comments that never end": (characters) => `{${repeated("/*", characters)}`,
  "exports that never end": (characters) => repeated("export const a = {\n", characters),
  "imports that never end": (characters) => repeated("import {\n", characters),
  "imports over many lines": (characters) => repeated("import { a,\n", characters),
  backticks: (characters) => `${"`".repeat(characters)} text`,
  "backticks of every length": (characters) => lines(characters, (line) => `a ${"`".repeat((line % 500) + 1)}`, " "),
  "an open fence": (characters) => `\`\`\`bbj\n${repeated("rem text\n", characters)}`,
  "many open fences": (characters) => repeated("- ```js\n", characters),
  "fences in quotes": (characters) => repeated("> ```\n> text\n\n", characters),
  "open admonitions": (characters) => repeated(":::note\n", characters),
  "admonitions that are none": (characters) => repeated(`${":".repeat(10_000)}<\n\n`, characters),
  "titles of admonitions that are none": (characters) => repeated(`:::${" a".repeat(5_000)}<\n\n`, characters),
  "links and tags on long lines": (characters) => repeated(`${"[a](b) <b>`c`</b> ".repeat(500)}\n\n`, characters),
  "a table of many columns": (characters) =>
    [repeated("| a ", characters / 3), repeated("|---", characters / 3), repeated("| 1 ", characters / 3)].join("\n"),
  "rules that are almost tables": (characters) => `| a |\n${repeated("|-", characters)}x`,
  "a table of many rows": (characters) => `| a | b |\n|---|---|\n${repeated("| one | two |\n", characters)}`,
  "many headings": (characters) => repeated("# Heading\n", characters),
  "many headings of all levels": (characters) =>
    lines(characters, (line) => `${"#".repeat((line % 6) + 1)} Heading ${line}\n\nText ${line}.\n`),
  "a heading that never ends": (characters) => `# ${repeated("heading ", characters)}\n\ntext`,
  "a heading of spaces": (characters) => `# a${" ".repeat(characters)}b\n\ntext`,
  "a heading of number signs": (characters) => `# a${repeated(" #", characters)} b\n\ntext`,
  "setext headings": (characters) => repeated("a\n=\n", characters),
  spaces: (characters) => `a${" ".repeat(characters)}b`,
  "lines of spaces": (characters) => repeated("     \n", characters),
  "trailing spaces in a line": (characters) => `${repeated(" \t", characters)}a`,
  "links in links": (characters) => `${"[".repeat(characters / 6)}text${repeated("](x)", (characters * 2) / 3)}`,
  "images in images": (characters) =>
    `${repeated("![", characters / 4)}${repeated("some words ", characters / 4)}${repeated("](x)", characters / 2)}`,
  "a heading of brackets": (characters) => `# ${"[".repeat(characters)}\n\n${repeated("text\n\n", characters)}`,
  "a title of many parts": (characters) =>
    `---\ntitle: a${repeated(" > a", characters)}\n---\n\n${repeated("text\n\n", characters)}`,
  "front matter of spaces": (characters) => `---\ntitle: a${" ".repeat(characters)}b\n---\n\ntext`,
  "rules behind spaces": (characters) => `| a |\n${" ".repeat(characters)}-|x`,
  "an open fence of empty lines": (characters) => `text\n\n\`\`\`\n${"\n".repeat(characters)}`,
  "fences in a code element": (characters) => `<pre><code>{\`\n${repeated("x ```\n", characters)}\`}</code></pre>`,
  "open( on every line": (characters) => repeated("open(a\n", characters),
  "comments of BBj": (characters) => repeated("rem /** text\n", characters),
  "a comment of BBj that never ends": (characters) => `rem ${repeated("= * # ", characters)}`,
  "labels of BBj": (characters) => repeated("label: rem\n", characters),
  "a word that never ends": (characters) => "a".repeat(characters),
  "a sentence that never ends": (characters) => repeated("word ", characters),
  "many short sentences": (characters) => repeated("A b. ", characters),
  "full stops": (characters) => ".".repeat(characters),
  "closing quotes behind a full stop": (characters) => `.${'"'.repeat(characters)}a b`,
  "lines of one letter": (characters) => repeated("a\n", characters),
  "colons of a definition": (characters) => repeated("a: ", characters),
  "emoji in one sequence": (characters) => repeated("👩‍👩‍👧‍👦", characters),
  "marks on one letter": (characters) => `a${repeated("\u0301", characters)}`,
  "base64 image": (characters) => `![one picture](data:image/png;base64,${"A".repeat(characters)})`,
  "data URIs that never begin": (characters) => repeated("data:", characters),
  "data URIs of nothing": (characters) => `data:${repeated("a/", characters)}`,
  "data URIs with many parameters": (characters) => `data:a/b${repeated(";a=1", characters)} text`,
  escapes: (characters) => "\\".repeat(characters),
  "ampersands and digits": (characters) => repeated("&#1", characters),
  "front matter that never ends": (characters) => `---\n${repeated("title: a\n", characters)}`,
  "front matter of many lines": (characters) => `---\n${repeated("- a\n", characters)}---\n\ntext`,
  "front matter of one long line": (characters) => `---\ntitle: ${repeated("a ", characters)}\n---\n\ntext`,
  "front matter of brackets": (characters) => `---\ntitle: ${"[".repeat(characters)}\n---\n\ntext`,
  "front matter of braces": (characters) => `---\n${"{a: ".repeat(characters / 4)}\n---\n\ntext`,
  "front matter of dashes": (characters) => `---\n${repeated("- ", characters)}\n---\n\ntext`,
  "front matter of aliases": (characters) => `---\n${aliases(characters)}---\n\ntext`,
};

/** Each level names the one before it nine times: a parser that copies makes nine to the power of the levels of it. */
function aliases(characters: number): string {
  const levels = Math.min(Math.ceil(characters / 60), 2_000);
  const level = (number: number) =>
    `a${number}: &a${number} [${Array.from({ length: 9 }, () => `*a${number - 1}`).join()}]\n`;
  return `a0: &a0 [text]\n${Array.from({ length: levels }, (_, index) => level(index + 1)).join("")}`;
}

function repeated(text: string, characters: number): string {
  return text.repeat(Math.ceil(characters / text.length));
}

function lines(characters: number, line: (number: number) => string, separator = "\n"): string {
  const written: string[] = [];
  for (let number = 0, length = 0; length < characters; number++) {
    const text = line(number);
    written.push(text);
    length += text.length + separator.length;
  }
  return written.join(separator);
}
