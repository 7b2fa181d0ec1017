/** How a fenced code block was opened. */
export type Fence = {
  /** What stands before the mark: indentation, `>` of quotes, the bullet of a list item. */
  readonly prefix: string;
  readonly mark: string;
};

// Any indentation: MDX has no indented code, and fences inside of JSX and lists stand as deep as these do.
const OPEN = /^((?:[ \t]*>)*[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(`{3,}(?=[^`]*$)|~{3,})/;
const CLOSE = /^(?:[ \t]*>)*[ \t]*(`{3,}|~{3,})[ \t]*$/;

/** The fence that a line opens. */
export function openFence(line: string): Fence | undefined {
  if (!line.includes("```") && !line.includes("~~~")) return undefined;
  const match = OPEN.exec(line);
  return match === null ? undefined : { prefix: match[1] ?? "", mark: match[2] ?? "" };
}

/** Whether a line closes an open fence. */
export function closesFence(line: string, { mark }: Fence): boolean {
  if (!line.includes(mark)) return false;
  return CLOSE.exec(line)?.[1]?.startsWith(mark) ?? false;
}

/** Whether a line ends the block quote that a fence stands in, and so the fence. */
export function leavesQuote(line: string, { prefix }: Fence): boolean {
  return prefix.includes(">") && !line.trimStart().startsWith(">");
}

/** Whether a line stands left of a fence: if the fence stands in an item of a list, both have ended. */
export function standsLeftOf(line: string, { prefix }: Fence): boolean {
  const indent = line.search(/\S/);
  return indent >= 0 && indent < prefix.length;
}

/** `code` as a fenced code block, between fences longer than any in it. */
export function fenced(code: string, language: string): string {
  // Not spread into one call: code may have more runs than a call takes arguments.
  const longest = (code.match(/`{3,}/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  const mark = "`".repeat(longest + 1);
  return `${mark}${language}\n${code.endsWith("\n") ? code : `${code}\n`}${mark}`;
}
