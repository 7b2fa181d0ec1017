import type { Flags } from "../../config/flags.ts";
import { count, duration, plural } from "../../text/words.ts";
import type { Rate } from "../doctor/throughput.ts";
import { answer, type Prompts } from "../prompts.ts";
import type { Overview } from "./overview.ts";
import { changesText } from "./source-changes.ts";

export type Action = "update" | "choose" | "retry" | "again" | "search" | "doctor" | "look" | "quit";

/** What was picked, and asked of the embedder. */
export type Picked = {
  /** Names of the sources that are to run. */
  readonly sources: readonly string[];
  readonly workers: number;
  /** The number of workers was picked, and is no longer what the settings say. */
  readonly hasWorkers: boolean;
  readonly rates: readonly Rate[];
};

/** The one question of the usual path. */
export async function askAction(
  clack: Prompts,
  { sources, failed, findings }: Overview,
  { flags, picked }: { readonly flags: Flags; readonly picked: Picked },
): Promise<Action> {
  const stops = findings.some(({ state }) => state === "problem");
  const running = sources.filter(({ name }) => picked.sources.includes(name));
  const retried = failed.filter(({ source }) => picked.sources.includes(source)).length;
  const texts = running.reduce((sum, { changes }) => sum + (changes?.chunksMax ?? 0), 0);
  const estimate = estimateText(texts, picked.rates, picked.workers);
  const isAll = sources.every(({ name, enabled }) => enabled === picked.sources.includes(name));
  const which = isAll ? "it" : `${count(running.length)} of ${plural(sources.length, "source")}`;
  const worked = flags.sequential ? "one text after the other" : plural(picked.workers, "worker");
  const what = `Bring ${which} up to date${picked.hasWorkers ? ` with ${worked}` : ""}`;
  const todo = [changesText(running.map(({ changes }) => changes)), ...(estimate === "" ? [] : [estimate])];
  return answer(
    await clack.select<Action>({
      message: "What is to be done?",
      options: [
        ...(stops ? [{ value: "look" as const, label: "Look again", hint: "once that is mended" }] : []),
        { value: "update", label: `${what}: ${todo.join("; ")}`, ...(picked.hasWorkers ? {} : { hint: worked }) },
        { value: "choose", label: "Choose sources and workers" },
        ...(retried > 0 ? [{ value: "retry" as const, label: `Retry what failed: ${plural(retried, "chunk")}` }] : []),
        ...(flags.dryRun
          ? []
          : [{ value: "again" as const, label: "Everything again", hint: "embeds every text anew" }]),
        { value: "search", label: "Search" },
        { value: "doctor", label: "Doctor", hint: "looks at everything, and says what mends it" },
        { value: "quit", label: "Quit" },
      ],
    }),
  );
}

/** Names what it costs to embed everything again, and asks twice; false when the user had rather not. */
export async function mayEmbedAgain(
  clack: Prompts,
  all: Overview["sources"],
  { rates, workers, sources }: Picked,
): Promise<boolean> {
  const texts = all
    .filter(({ name }) => sources.includes(name))
    .reduce((sum, { chunks, changes }) => sum + chunks + (changes?.chunksMax ?? 0), 0);
  const cost = estimateText(texts, rates, workers) || "every text anew";
  const first = await clack.confirm({
    message: `Embed everything of ${plural(sources.length, "source")} again? It costs ${cost}`,
    initialValue: false,
  });
  if (!answer(first)) return false;
  return answer(
    await clack.confirm({ message: "Everything, although most of it may be as it was?", initialValue: false }),
  );
}

/** `up to 40 texts, about 20 s`; "" for none. No time is said where no speed was measured. */
export function estimateText(texts: number, rates: readonly Rate[], workers: number): string {
  if (texts === 0) return "";
  const known = rates.filter(({ inFlight }) => inFlight <= workers);
  const textsPerS = Math.max(0, ...known.map((rate) => rate.textsPerS));
  const time = textsPerS === 0 ? "" : `, about ${roughly((texts * 1_000) / textsPerS)}`;
  return `up to ${texts === 1 ? plural(texts, "text") : `${count(texts)} texts`}${time}`;
}

/** What comes of a short probe has no decimal places. */
function roughly(ms: number): string {
  return ms < 60_000 ? `${Math.max(1, Math.round(ms / 1_000))} s` : duration(ms);
}
