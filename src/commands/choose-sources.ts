import { count } from "../text/words.ts";
import { printable } from "../text/printable.ts";
import { answer, type Prompts } from "./prompts.ts";

/** A source as the picker shows it. */
export type Offered = {
  readonly name: string;
  /** What there is to know of it, in words: its parser, its files, whether it is off or has changed. */
  readonly about: readonly string[];
};

/** Asks which of the sources it is to be; `chosen` are those that are picked already. At least one is. */
export async function chooseSources(
  clack: Prompts,
  offered: readonly Offered[],
  chosen: readonly string[],
): Promise<string[]> {
  let picked = () => chosen.length;
  const options = offered.map(({ name, about }) => ({
    value: name,
    // Hints are shown of one line only; these are what the others are found by, too.
    label: `${printable(name)}  ${about.join(", ")}`,
  }));
  const given = await clack.autocompleteMultiselect({
    get message() {
      return `Which sources? ${count(picked())} of ${count(offered.length)} chosen`;
    },
    // Called with the prompt as `this`, which knows what is picked by now.
    options(this) {
      picked = () => this.selectedValues.length;
      return options;
    },
    // The last of them has the focus at first.
    initialValues: chosen.toReversed(),
    required: true,
  });
  const values = new Set(answer(given));
  return offered.flatMap(({ name }) => (values.has(name) ? [name] : []));
}
