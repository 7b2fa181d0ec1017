/** `code` as a fenced code block, between fences longer than any in it. */
export function fenced(code: string, language: string): string {
  const longest = Math.max(2, ...(code.match(/`{3,}/g) ?? []).map((run) => run.length));
  const mark = "`".repeat(longest + 1);
  return `${mark}${language}\n${code.endsWith("\n") ? code : `${code}\n`}${mark}`;
}
