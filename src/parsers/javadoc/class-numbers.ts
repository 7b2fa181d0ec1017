import type { ParseContext, SourceEntry } from "../parser.ts";
import { boundedFileText } from "../bounded-file.ts";
import { type ListedFile, listFiles } from "../file-listing.ts";
import { exportSchema } from "./export-schema.ts";

/**
 * Which class of a name a file's classes are, over all files of the source: the first, the second ... Known of every file
 * before any is parsed, for the answer must be the same when only one of them has changed.
 */
export function countClasses(
  source: SourceEntry,
  extensions: readonly string[],
  context: ParseContext,
): (file: ListedFile) => Promise<readonly string[]> {
  let counted: Promise<Map<string, string[]>> | undefined;
  return async ({ path }) => {
    counted ??= count(source, extensions, context);
    return (await counted).get(path) ?? [];
  };
}

/** The number of each class of a file, in the file's order; what `countClasses` says of it. */
export function numbersIn(classNumbers: readonly string[]): (name: string) => number {
  const left = new Map<string, number[]>();
  for (const entry of classNumbers) {
    const at = entry.lastIndexOf(" ");
    const name = entry.slice(0, at);
    addTo(left, name, Number(entry.slice(at + 1)));
  }
  for (const numbers of left.values()) numbers.reverse();
  return (name) => left.get(name)?.pop() ?? 1;
}

/** By file, an entry `Class N` for each class whose name occurs more than once in its package. */
async function count(
  source: SourceEntry,
  extensions: readonly string[],
  { signal, fileSizeBytesMax }: ParseContext,
): Promise<Map<string, string[]>> {
  const seen = new Map<string, { path: string; name: string }[]>();
  for await (const item of listFiles(source, { extensions, signal })) {
    if (item.kind !== "file") continue;
    for (const { qualified, name } of await classesOf(item.absolute, fileSizeBytesMax)) {
      addTo(seen, qualified, { path: item.path, name });
    }
  }
  const byFile = new Map<string, string[]>();
  for (const places of seen.values()) {
    if (places.length === 1) continue;
    for (const [index, { path, name }] of places.entries()) {
      addTo(byFile, path, `${name} ${index + 1}`);
    }
  }
  return byFile;
}

function addTo<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

/** None where the file cannot be read or is no export: its turn to be named comes. */
async function classesOf(absolute: string, bytesMax: number): Promise<{ qualified: string; name: string }[]> {
  const read = await boundedFileText(absolute, bytesMax);
  if ("problem" in read) return [];
  try {
    const { name: packageName, classes } = exportSchema.parse(JSON.parse(read.text));
    return classes.map(({ name }) => ({ qualified: `${packageName}.${name}`, name }));
  } catch {
    return [];
  }
}
