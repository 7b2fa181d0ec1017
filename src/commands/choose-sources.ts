import { count, cut } from "../text/words.ts";
import { printable } from "../text/printable.ts";
import { answer, type Prompts } from "./prompts.ts";
import type { World } from "./world.ts";

/** Of what clack writes before an option, and a last column that stays free. */
const GUIDE_COLUMNS = 6;
const COLUMNS_ELSE = 80;

/** A source as the picker shows it. */
type Offered = {
  readonly name: string;
  /** What there is to know of it, in words: its parser, its files, whether it is off or has changed. */
  readonly about: readonly string[];
};

/** Asks which of the sources it is to be; `chosen` are those that are picked already. At least one is. */
export async function chooseSources(
  clack: Prompts,
  offered: readonly Offered[],
  chosen: readonly string[],
  { stdout }: Pick<World, "stdout">,
): Promise<string[]> {
  let picked = () => chosen.length;
  // Hints are shown of one line only; these are what the others are found by, too.
  const texts = new Map(offered.map(({ name, about }) => [name, `${printable(name)}  ${about.join(", ")}`]));
  const options = [...texts].map(([value, text]) => ({
    value,
    // As wide as the terminal is by now: clack wraps what is wider, and moves the question off the screen.
    get label() {
      return cut(text, (stdout.columns ?? COLUMNS_ELSE) - GUIDE_COLUMNS, "…");
    },
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
    // What is cut off is found, too.
    filter: (search, { value }) => (texts.get(value) ?? value).toLowerCase().includes(search.toLowerCase()),
    // The last of them has the focus at first.
    initialValues: chosen.toReversed(),
    required: true,
  });
  const values = new Set(answer(given));
  return offered.flatMap(({ name }) => (values.has(name) ? [name] : []));
}
