import { fatalError, type IngestError } from "../flow/errors.ts";

/** A key as it was given, and where from: for messages. */
export type Key = { readonly value: string | undefined; readonly name: string };

/** What is wrong with a key's characters, by the first that no key has. */
const ODD: readonly (readonly [RegExp, string])[] = [
  [/[\r\n]/, "a line break"],
  [/\s/, "a space"],
  [/["'`]/, "a quotation mark"],
  [/[^\x21-\x7e]/, "a character that is not ASCII"],
];

/** The key without the white space around it, which files and shells add. */
export function trimmedKey({ value = "" }: Key): string {
  return value.trim();
}

/** Why a key cannot be sent in a header; undefined for one that can. The key itself is not shown. */
export function keyProblem(key: Key): IngestError | undefined {
  const value = trimmedKey(key);
  if (/^bearer\s/i.test(value)) return unfit(key, 'begins with the word "Bearer"', "give the key alone");
  const odd = ODD.find(([pattern]) => pattern.test(value));
  if (odd === undefined) return undefined;
  const [pattern, what] = odd;
  const place = `character ${value.search(pattern) + 1} of ${value.length}`;
  return unfit(
    key,
    `holds ${what} (${place}), which no key has`,
    "copy the key anew, without quotation marks around it",
  );
}

function unfit({ name }: Key, what: string, hint: string): IngestError {
  return fatalError("unauthorized", `the key in ${name} ${what}`, `${hint}, and set ${name}`);
}
