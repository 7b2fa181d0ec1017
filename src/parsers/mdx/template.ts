const TEMPLATE = /^\{\s*`((?:[^`\\$]|\\[^]|\$(?!\{))*)`\s*\}$/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "" };

/** What a template without expressions says, from its source in braces. */
export function templateText(source: string): string | undefined {
  const template = TEMPLATE.exec(source)?.[1];
  return template === undefined ? undefined : unescaped(template);
}

/** What stands between the marks of a template or a string. */
export function unescaped(source: string): string {
  return source.replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character);
}
