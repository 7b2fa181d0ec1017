import { unknownOf } from "../config/nearest.ts";
import type { EvalCase } from "../eval/eval-case.ts";
import type { Share, Statistics } from "../store/store.ts";

/** What questions name and the corpus has not, each said once with the name that was probably meant. */
export function unknownNames(
  cases: readonly EvalCase[],
  { bySource, byGeneration, byDocType }: Pick<Statistics, "bySource" | "byGeneration" | "byDocType">,
): string[] {
  const found = new Set<string>();
  for (const { id, source, generation, expect, ignore } of cases) {
    const look = (noun: string, shares: readonly Share[], given: readonly (string | undefined)[]) => {
      const known = shares.flatMap(({ name }) => (name === "" ? [] : [name]));
      const isKnown = (word: string) => known.some((name) => name.toLowerCase() === word.toLowerCase());
      for (const word of given)
        if (word !== undefined && !isKnown(word)) found.add(`question "${id}": ${unknownOf(noun, word, known)}`);
    };
    const expected = [...expect, ...ignore];
    look("source", bySource, [source, ...expected.map((one) => one.source)]);
    look("generation", byGeneration, [generation, ...expected.flatMap(({ generations = [] }) => generations)]);
    look(
      "document type",
      byDocType,
      expected.map(({ docType }) => docType),
    );
  }
  return [...found];
}
