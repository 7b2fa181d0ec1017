import { parseJson } from "../../text/parse-json.ts";
import { Addresses } from "../addresses.ts";
import { boundedFileText } from "../bounded-file.ts";
import { followsLinks } from "../follow-links.ts";
import { type ListedFile, listFiles } from "../file-listing.ts";
import type { ParseContext, SourceEntry } from "../parser.ts";
import { exportSchema } from "./export-schema.ts";

/**
 * Which class of a name a file's classes are, over all files of the source: the first, the second ... Known of every file
 * before any is parsed, for the answer must be the same when only one of them has changed. A file that cannot be read keeps
 * the numbers that its classes have in the store.
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

/** By file, an entry `Class N` for each class that shares its name in its package, or whose number is not the first. */
async function count(
  source: SourceEntry,
  extensions: readonly string[],
  context: ParseContext,
): Promise<Map<string, string[]>> {
  const { signal, fileSizeBytesMax } = context;
  const addresses = new Addresses(context);
  const classes: { readonly path: string; readonly name: string; readonly qualified: string }[] = [];
  for await (const item of listFiles(source, { extensions, signal, followLinks: followsLinks(source) })) {
    const { path } = item;
    const read = item.kind === "file" ? await classesOf(item.absolute, fileSizeBytesMax) : undefined;
    if (read !== undefined) classes.push(...read.map((javaClass) => ({ path, ...javaClass })));
    else addresses.keep(path, item.kind === "unlisted" ? "folder" : "input");
  }
  const places = Map.groupBy(classes, ({ qualified }) => qualified);
  const byFile = new Map<string, string[]>();
  /** The last number of each name: those before it are taken, or left free for files that cannot be read. */
  const last = new Map<string, number>();
  for (const { path, name, qualified } of classes) {
    const first = classAddress(qualified, 1);
    const address = addresses.choose(numbered(qualified, (last.get(qualified) ?? 0) + 1), path);
    const number = address === first ? 1 : Number(address.slice(first.length + 1));
    last.set(qualified, number);
    if (number > 1 || (places.get(qualified)?.length ?? 0) > 1) addTo(byFile, path, `${name} ${number}`);
  }
  return byFile;
}

/** The address of a class that is the nth of its name. */
export function classAddress(qualified: string, number: number): string {
  return `bbj_api://${qualified}${number > 1 ? `-${number}` : ""}`;
}

function* numbered(qualified: string, from: number): Generator<string> {
  for (let number = from; ; number++) yield classAddress(qualified, number);
}

/** With its package, where that has a name. */
export function qualifiedName(packageName: string, name: string): string {
  return packageName === "" ? name : `${packageName}.${name}`;
}

function addTo<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

/** Undefined where the file cannot be read: its turn to be named comes. None where it is no export. */
async function classesOf(
  absolute: string,
  bytesMax: number,
): Promise<{ readonly qualified: string; readonly name: string }[] | undefined> {
  const read = await boundedFileText(absolute, bytesMax);
  if ("problem" in read) return undefined;
  const json = parseJson(read.text);
  if (json === undefined) return undefined;
  const { data } = exportSchema.safeParse(json);
  return data?.classes.map(({ name }) => ({ qualified: qualifiedName(data.name, name), name })) ?? [];
}
