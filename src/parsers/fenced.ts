/** `code` as a fenced code block, between fences longer than any in it. */
export function fenced(code: string, language: string): string {
  // Not spread into one call: code may have more runs than a call takes arguments.
  const longest = (code.match(/`{3,}/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  const mark = "`".repeat(longest + 1);
  return `${mark}${language}\n${code.endsWith("\n") ? code : `${code}\n`}${mark}`;
}
