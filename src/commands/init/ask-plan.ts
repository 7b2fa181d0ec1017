import { type LoadedSettings, loadSettings } from "../../config/settings.ts";
import { printable } from "../../text/printable.ts";
import { plural } from "../../text/words.ts";
import { type Field, fieldLines } from "../fields.ts";
import { answer, type Prompts } from "../prompts.ts";
import { askDatabase, type TriedDatabase, tryDatabase, withDatabase } from "./ask-database.ts";
import { askEmbedder } from "./ask-embedder.ts";
import { type Choices, choicesOf, withChoices } from "./choices.ts";
import { firstEmbedder } from "./defaults.ts";
import type { Asked } from "./run-flags.ts";
import { embedderText, problemText } from "./texts.ts";
import type { TriedEmbedder } from "./try-embedder.ts";

/** Where it goes and who embeds it, tried; and whether it runs now. */
export type Plan = {
  readonly choices: Choices;
  readonly loaded: LoadedSettings;
  readonly runs: boolean;
};

type Tried = {
  readonly database: TriedDatabase;
  readonly embedder: TriedEmbedder;
  /** What does not work, and was to be used. */
  readonly instead: TriedEmbedder | undefined;
};

/** What the settings name, or what works where they name nothing. */
export async function firstPlan({ flags, world }: Asked): Promise<Tried> {
  const begun = withDatabase(choicesOf(flags), flags, world);
  const [database, { tried, instead }] = await Promise.all([
    tryDatabase(begun, flags, world),
    firstEmbedder(begun, flags, world),
  ]);
  return { database, embedder: tried, instead };
}

type PlanOptions = {
  readonly clack: Prompts;
  readonly asked: Asked;
  /** That are to be read. */
  readonly files: number;
};

/** Shows what is planned, and asks for another database or embedder until it is right. */
export async function askPlan(first: Tried, { clack, asked, files }: PlanOptions): Promise<Plan> {
  const { flags, world } = asked;
  let tried = first;
  for (;;) {
    clack.note(fieldLines(planFields(tried, asked, files), world.stdout.columns), "This will be done");
    tellProblems(tried, clack, world.stdout.columns);
    const works = tried.database.problem === undefined && tried.embedder.problem === undefined;
    const next = answer(
      await clack.select({
        message: works ? "Go on like this?" : "How shall it go on?",
        options: [
          ...(works ? [{ value: "run", label: "Yes" }] : [{ value: "look", label: "Look again" }]),
          { value: "database", label: "Another database" },
          { value: "embedder", label: "Another embedder" },
          { value: "write", label: "Only write the files" },
        ],
      }),
    );
    const choices = choicesIn(tried);
    if (next === "run" || next === "write") return { choices, loaded: loadedOf(choices, asked), runs: next === "run" };
    if (next === "look") tried = await firstPlan(asked);
    if (next === "database") {
      const database = await askDatabase(choices, { clack, flags, world });
      tried = { ...tried, database };
    }
    if (next === "embedder") {
      const embedder = await askEmbedder(tried.embedder, { clack, flags, world });
      tried = { ...tried, embedder, instead: undefined };
    }
  }
}

function choicesIn({ database, embedder }: Tried): Choices {
  return { ...embedder.choices, database_url: database.choices.database_url };
}

function loadedOf(choices: Choices, { flags, world: { env, cwd } }: Asked): LoadedSettings {
  return loadSettings({ flags: withChoices(flags, choices), env, cwd });
}

function planFields({ database, embedder }: Tried, asked: Asked, files: number): Field[] {
  const own = [asked.files.sources, asked.files.config];
  const kept = own.filter(({ isThere }) => isThere).map(({ label }) => printable(label));
  const written = own.filter(({ isThere }) => !isThere).map(({ label }) => printable(label));
  return [
    ...(files === 0 ? [] : [["read", plural(files, "file")] as const]),
    ["store", databaseText(database)],
    ["embed", printable(embedderText(embedder))],
    ...(written.length === 0 ? [] : [["write", written.join(", ")] as const]),
    ...(kept.length === 0 ? [] : [["keep", kept.join(", ")] as const]),
  ];
}

/** What does not work, and what to type. */
function tellProblems({ database, embedder, instead }: Tried, clack: Prompts, columns: number | undefined): void {
  for (const { problem } of [database, embedder])
    if (problem !== undefined) clack.log.error(problemText(problem, columns));
  if (instead === undefined) return;
  const { embedding_provider: provider, embedding_model: model } = instead.loaded.settings;
  clack.log.warn(`${printable(`${provider} ${model}`)} does not work yet:\n${problemText(instead.problem, columns)}`);
}

function databaseText({ choice: { kind, label }, opened }: TriedDatabase): string {
  const where = kind === "embedded" ? `here, in ${label.replace(/^pglite:/, "")}` : `PostgreSQL ${label}`;
  const rows = opened?.health?.corpus?.size.rows ?? 0;
  return printable(rows === 0 ? where : `${where}, which has ${plural(rows, "chunk")} already`);
}
