import { z } from "zod";

// How whoever owns a setting declares it: a zod schema whose error completes "x must be ...", with its help text beside it.

export type AboutSetting = {
  /** What it means, and its unit. */
  readonly help: string;
  /** May hold a password: never printed. */
  readonly secret?: boolean;
  /** An empty text is a value, also in a variable, and does not leave it unset. */
  readonly mayBeEmpty?: boolean;
  /** Another program's variable, which counts when neither the environment nor `config.toml` has the setting. */
  readonly variable?: string;
  /** It has a flag, `--ollama-host` for `ollama_host`: what stands for the value there, and the flag's help text. */
  readonly flag?: { readonly value: string; readonly help: string };
};

/** What is known of a setting beside its schema. */
export const about = z.registry<AboutSetting>();

const TEXT_CHARACTERS_MAX = 4_096;

export function text() {
  const error = "a text that is not empty";
  return z.string({ error }).max(TEXT_CHARACTERS_MAX, { error }).regex(/\S/, { error });
}

export function choice<const Names extends readonly string[]>(names: Names) {
  return z.enum(names, { error: `one of ${names.join(", ")}` });
}

/** With the same meaning in `config.toml` and the environment: `4.5` and `1e9` are no integers, nor is a text. */
export function integer(least: number, most?: number) {
  const error = most === undefined ? `an integer of ${least} or more` : `an integer from ${least} to ${most}`;
  return z
    .int({ error })
    .min(least, { error })
    .max(most ?? Number.MAX_SAFE_INTEGER, { error });
}

export function number(least: number, most: number) {
  const error = `a number from ${least} to ${most}`;
  return z.number({ error }).min(least, { error }).max(most, { error });
}

export function httpUrl() {
  return z.url({ protocol: /^https?$/, error: "a URL that starts with http:// or https://" });
}
