/** One of the parts that the inputs of a source are split into, so that several runs share it: `index` of `count`, from 1. */
export type Part = { readonly index: number; readonly count: number };

/** So many runs on one database are more than a server has connections for. */
export const PARTS_MAX = 1_000;

/** `2/4`; undefined for what is no part. */
export function readPart(text: string): Part | undefined {
  const [, index, count] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (index === undefined || count === undefined) return undefined;
  return index >= 1 && index <= count && count <= PARTS_MAX ? { index, count } : undefined;
}

/** What `readPart` reads. */
export function partText({ index, count }: Part): string {
  return `${index}/${count}`;
}

/**
 * Whether an input belongs to a part: a function of its path alone, so that what else a source has, or had, moves none. A
 * whole source is one part.
 */
export function isOfPart(input: string, part: Part | undefined): boolean {
  if (part === undefined || part.count === 1) return true;
  const digest = new Bun.CryptoHasher("sha256").update(input).digest();
  return (digest.readUInt32BE(0) % part.count) + 1 === part.index;
}
