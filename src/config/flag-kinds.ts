import { readFloor } from "../eval/floors.ts";
import { PARTS_MAX, readPart } from "../parsers/part.ts";
import { SEARCH_MODES, type SearchMode } from "../store/store.ts";
import type { Command } from "./commands.ts";

const PORT_MAX = 65_535;

/** What a flag takes. */
export type Kind<Value> = {
  /** What stands for the value in the help text; left out where a flag takes none. */
  readonly value?: string;
  /** Completes "--flag must be ...". */
  readonly allowed: string;
  /** All it can be, where that is one of some names. */
  readonly choices?: readonly string[];
  /** Names that shells offer, of others that are allowed, too. */
  readonly suggestions?: readonly string[];
  /** It is the name of a source. */
  readonly ofSource?: boolean;
  /** Commands that take several of that, with commas between. */
  readonly several?: readonly Command[];
  /** URLs, which may have passwords: the shell variable that a command line to paste takes them from, and what parts URLs. */
  readonly secret?: { readonly variable: string; readonly separator?: string };
  /** Undefined when `text` is not allowed. `before` is what an earlier use of the flag gave. */
  readonly read: (text: string, before: Value | undefined) => Value | undefined;
};

/** A flag as the table declares it. */
export type Declared<Value> = Kind<Value> & {
  readonly group: "Corpus" | "Run" | "Evaluation" | "Serving" | "Database and embedder" | "Output";
  readonly commands: readonly Command[];
  readonly help: string;
  /** One letter. */
  readonly alias?: string | undefined;
};

/** Declares a flag. */
export function flag<Value>(
  group: Declared<Value>["group"],
  commands: readonly Command[],
  kind: Kind<Value>,
  help: string,
  alias?: string,
): Declared<Value> {
  return { group, commands, ...kind, help, alias };
}

export const partOfMany: Kind<string> = {
  value: "I/N",
  allowed: `a part and how many there are, from 1/N to N/N, N at most ${PARTS_MAX}`,
  read: (given) => (readPart(given) === undefined ? undefined : given),
};

export const onOff: Kind<boolean> = { allowed: "", read: () => true };

/** The names of sources, one at each use. */
export const sourceNames: Kind<readonly string[]> = {
  ...text("NAME"),
  ofSource: true,
  read: (given, before = []) => (given.trim() === "" ? undefined : [...before, given]),
};

export const modes: Kind<readonly SearchMode[]> = {
  value: "MODE",
  allowed: choice(SEARCH_MODES),
  choices: SEARCH_MODES,
  read(given) {
    const names = [...new Set(listOf(given))];
    const known = names.flatMap((name) => SEARCH_MODES.find((mode) => mode === name) ?? []);
    return names.length > 0 && known.length === names.length ? known : undefined;
  },
};

export const floors: Kind<readonly string[]> = {
  value: "METRIC=N",
  allowed: "a metric and its floor, from 0 to 1, e.g. mrr=0.6 or text:hit@1=0.5",
  read(given, before = []) {
    const parts = listOf(given);
    return parts.length > 0 && parts.every((part) => readFloor(part) !== undefined) ? [...before, ...parts] : undefined;
  },
};

export const share: Kind<number> = {
  value: "N",
  allowed: "a number from 0 to 1",
  read: (given) => (/^(?:\d+|\d*\.\d+)$/.test(given) && Number(given) <= 1 ? Number(given) : undefined),
};

/** 0 stands for any that is free. */
export const port: Kind<number> = {
  value: "PORT",
  allowed: `a port, from 0 to ${PORT_MAX}`,
  read: (given) => (/^\d{1,5}$/.test(given) && Number(given) <= PORT_MAX ? Number(given) : undefined),
};

/** Names of this machine, one at each use. */
export const hostNames: Kind<readonly string[]> = {
  value: "NAME",
  allowed: "a host name without a port, e.g. docs.example.com",
  read: (given, before = []) => (/^[a-z\d_-]+(\.[a-z\d_-]+)*\.?$/i.test(given) ? [...before, given] : undefined),
};

export const positiveInteger: Kind<number> = integerFrom(1, "a positive integer");

export const integer: Kind<number> = integerFrom(0, "a non-negative integer");

/** From 1 up to a limit. */
export function integerUpTo(most: number): Kind<number> {
  return integerFrom(1, `an integer from 1 to ${most}`, most);
}

export function text(value: string, suggestions: readonly string[] = []): Kind<string> {
  const allowed = "a text that is not empty";
  return { value, allowed, suggestions, read: (given) => (given.trim() === "" ? undefined : given) };
}

/** One of `names`. */
export function oneOf(names: readonly string[], value: string): Kind<string> {
  return {
    ...{ value, allowed: choice(names), choices: names },
    read: (given) => (names.includes(given) ? given : undefined),
  };
}

/** `a, b or c` */
function choice(names: readonly string[]): string {
  return names.join(", ").replace(/, (?=[^,]*$)/, " or ");
}

function listOf(given: string): string[] {
  return given.split(",").map((part) => part.trim());
}

function integerFrom(least: number, allowed: string, most = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    value: "N",
    allowed,
    read: (given) => {
      const value = /^\d+$/.test(given) ? Number(given) : NaN;
      return Number.isSafeInteger(value) && value >= least && value <= most ? value : undefined;
    },
  };
}
