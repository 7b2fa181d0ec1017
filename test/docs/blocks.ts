import { README } from "../../scripts/generate-docs.ts";

/** A fenced block of the README: "```sh run=cron" is run by a test, "```sh needs=Slurm" by none, for none has that. */
export type Block = {
  readonly language: string;
  readonly run?: string;
  readonly needs?: string;
  readonly text: string;
};

const BLOCK = /^```(?<language>\w*)(?: (?<kind>run|needs)=(?<value>[^\n]+))?\n(?<text>.*?)^```$/gms;

const readme = await Bun.file(README).text();

export const blocks: readonly Block[] = [...readme.matchAll(BLOCK)].map(({ groups = {} }) => {
  const { language = "", kind, value = "", text = "" } = groups;
  return { language, text, ...(kind === "run" && { run: value }), ...(kind === "needs" && { needs: value }) };
});

/** What the blocks of a name say, in their order. Throws when there is none. */
export function textsOf(name: string): string[] {
  const texts = blocks.filter(({ run }) => run === name).map(({ text }) => text);
  if (texts.length === 0) throw new RangeError(`the README has no block with run=${name}`);
  return texts;
}

/** What the only block of a name says. */
export function textOf(name: string): string {
  const [text = "", ...others] = textsOf(name);
  if (others.length > 0) throw new RangeError(`the README has ${others.length + 1} blocks with run=${name}`);
  return text;
}

const DURATION = /\d+(?:\.\d+)? (?:ms|s)\b|\b(?:\d+h )?\d+m \d+s\b/g;

/**
 * The lines of a recording that `text` does not have, in their order, however long things took. "..." stands for any
 * lines, "$ ..." for what is typed.
 */
export function missingOf(recording: string, text: string): string[] {
  const same = (line: string) =>
    line
      .replace(DURATION, "N s")
      .replace(/\S+ (?=embedded chunks\/s)/, "N ")
      .replace(/limited by .*/, "limited by")
      .replace(/-{2,}/g, "--")
      .replace(/ {2,}/g, "  ")
      .trimEnd();
  const said = text.split("\n").map(same);
  let next = 0;
  return recording
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("$ ") && line !== "...")
    .filter((line) => {
      const at = said.indexOf(same(line), next);
      if (at >= 0) next = at + 1;
      return at < 0;
    });
}

/** What is typed in a recording. */
export function typedIn(recording: string): string[] {
  return [...recording.matchAll(/^\$ (.*)$/gm)].map(([, command = ""]) => command);
}
