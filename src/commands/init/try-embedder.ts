import { callOf } from "../../config/call.ts";
import type { Flags } from "../../config/flags.ts";
import { loadSettings, type LoadedSettings } from "../../config/settings.ts";
import { checkEmbedder } from "../doctor/embedder.ts";
import type { Finding } from "../doctor/finding.ts";
import type { World } from "../world.ts";
import { type Choices, withChoices } from "./choices.ts";

const LENGTH = /gives vectors of (\d+) numbers/;

/** An embedder that was asked for one vector. */
export type TriedEmbedder = {
  /** With the length of the model's vectors, where that is another one than was set. */
  readonly choices: Choices;
  readonly loaded: LoadedSettings;
  /** What keeps it from working; undefined: nothing does. */
  readonly problem: Finding | undefined;
};

/** Whether the embedder that was chosen answers, has its model, and gives vectors that fit. Throws for settings that are wrong. */
export async function tryEmbedder(choices: Choices, flags: Flags, world: World): Promise<TriedEmbedder> {
  const first = await tryOnce(choices, flags, world);
  const [, length] = LENGTH.exec(first.problem?.detail ?? "") ?? [];
  if (length === undefined) return first;
  return tryOnce({ ...choices, embedding_dimensions: Number(length) }, flags, world);
}

async function tryOnce(choices: Choices, flags: Flags, world: World): Promise<TriedEmbedder> {
  const chosen = withChoices(flags, choices);
  const loaded = loadSettings({ flags: chosen, env: world.env, cwd: world.cwd });
  const look = { flags: chosen, world, call: callOf(world.program, chosen) };
  const findings = await checkEmbedder(look, { loaded, quick: true });
  return { choices, loaded, problem: findings.find(({ state }) => state === "problem") };
}
