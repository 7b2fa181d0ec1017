import type { Element } from "xast";
import { attribute } from "./read-xml.ts";
import type { TopicNames } from "./topic-names.ts";
import { isOfSystem, variableKey, withoutPlaceholders, withValues } from "./variables.ts";

/** Snippets within snippets, and variables, may make far more text than there is in the files. */
const ADDED_CHARACTERS_MAX = 10_000_000;
export const TOO_MUCH = `more than ${ADDED_CHARACTERS_MAX} characters from snippets and variables`;

/** How much more a topic may get. */
export class TextBudget {
  #left = ADDED_CHARACTERS_MAX;

  allows(characters: number): boolean {
    return characters <= this.#left;
  }

  spend(characters: number): void {
    this.#left -= characters;
  }
}

/** Where a variable stands. */
export type VariablePlace = {
  readonly isCode: boolean;
  /** Values that the element which brought a snippet in gives to its variables, by `variableKey`. */
  readonly overrides: ReadonlyMap<string, string>;
};

/** The variables of a topic: those of its project, what the place of a snippet makes of them, and what the topic is called. */
export class TopicVariables {
  readonly #project: { variable(name: string): string | undefined };
  readonly #names: TopicNames;
  readonly #budget: TextBudget;
  readonly #remarks: Set<string>;

  constructor(
    project: { variable(name: string): string | undefined },
    names: TopicNames,
    budget: TextBudget,
    remarks: Set<string>,
  ) {
    this.#project = project;
    this.#names = names;
    this.#budget = budget;
    this.#remarks = remarks;
  }

  /** Undefined for one that nobody knows. */
  value(name: string, { overrides }: Pick<VariablePlace, "overrides">): string | undefined {
    const override = overrides.get(variableKey(name));
    const definition =
      override === undefined
        ? this.#project.variable(name)
        : withValues(override, (inner) => this.#project.variable(inner) ?? "");
    const value =
      definition === undefined
        ? this.#names.value(name)
        : withValues(definition, (inner) => this.#names.value(inner) ?? "");
    if (value === undefined) return undefined;
    if (!this.#budget.allows(value.length)) {
      this.#remarks.add(`${TOO_MUCH}: variables are left out`);
      return "";
    }
    this.#budget.spend(value.length);
    return value;
  }

  /** A text with the values of the variables that stand in it. */
  filled(text: string, place: VariablePlace): string {
    return withoutPlaceholders(text, (whole, name) => {
      const known = this.value(name, place);
      if (known !== undefined) return known;
      if (isOfSystem(name)) return "";
      // Other languages have such brackets too.
      if (place.isCode) return whole;
      this.#remarks.add(notDefined(name));
      return "";
    });
  }
}

export function notDefined(name: string): string {
  return `the variable ${name} is not defined`;
}

/** `Set.Name:value,Set.Other:value` of an element, over those around it. */
export function overridesOf(element: Element, outer: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const list = attribute(element, "MadCap:snippetVariables");
  if (list === "") return outer;
  const pairs = list.split(",").flatMap((pair): [string, string][] => {
    const colon = pair.indexOf(":");
    return colon < 0 ? [] : [[variableKey(pair.slice(0, colon)), pair.slice(colon + 1)]];
  });
  return new Map([...outer, ...pairs]);
}
