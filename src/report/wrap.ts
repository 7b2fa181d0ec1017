type Margins = {
  readonly first: string;
  /** Of the lines that it is broken into; as long as `first`, or longer. */
  readonly others: string;
  readonly columns: number | undefined;
  /** Words that are longer than a line are broken, too. */
  readonly hard: boolean;
};

/** A line behind a margin, broken between words where it is too long; its own indentation is that of all its parts. */
export function wrap(line: string, { first, others, columns = Infinity, hard }: Margins): string[] {
  if (Bun.stringWidth(first + line) <= columns) return [first + line];
  const text = line.trimStart();
  const indent = line.slice(0, Math.min(line.length - text.length, columns / 3));
  const parts = Bun.wrapAnsi(text, columns - others.length - indent.length, { hard }).split("\n");
  return parts.map((part, index) => (index === 0 ? first : others) + indent + part);
}
