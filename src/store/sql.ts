import type { Statement } from "./database.ts";

/** A piece of SQL text that goes into a statement as it is. */
class Fragment {
  constructor(readonly text: string) {}
}

/** Makes a statement; values become parameters, fragments made by `ident` become text. */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Statement {
  let text = strings[0] ?? "";
  const parameters: unknown[] = [];
  for (const [index, value] of values.entries()) {
    if (value instanceof Fragment) text += value.text;
    else text += `$${parameters.push(value)}`;
    text += strings[index + 1] ?? "";
  }
  return { text, values: parameters };
}

/** A quoted identifier. */
export function ident(name: string): Fragment {
  return new Fragment(`"${name.replaceAll('"', '""')}"`);
}

/** A number written into the text, where PostgreSQL takes no parameter, as in `vector(1024)`. */
export function integer(value: number): Fragment {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not an integer: ${value}`);
  return new Fragment(String(value));
}

/** SQL of our own that is put together from constants. */
export function constant(text: string): Fragment {
  return new Fragment(text);
}
