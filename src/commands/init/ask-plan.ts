import { type LoadedSettings, loadSettings } from "../../config/settings.ts";
import { printable } from "../../text/printable.ts";
import { plural } from "../../text/words.ts";
import { type Field, fieldLines, guidedLines } from "../fields.ts";
import { answer, type Prompts } from "../prompts.ts";
import { askDatabase, type TriedDatabase, tryDatabase } from "./ask-database.ts";
import { askEmbedder } from "./ask-embedder.ts";
import { type Choices, withChoices } from "./choices.ts";
import { problemsOf, type TriedPlan } from "./first-plan.ts";
import { waitingFor } from "../waiting.ts";
import type { Asked } from "./run-flags.ts";
import { embedderText, problemText } from "./texts.ts";
import { tryEmbedder } from "./try-embedder.ts";

/** What was chosen, and whether it runs now. */
export type Plan = {
  readonly choices: Choices;
  readonly loaded: LoadedSettings;
  readonly runs: boolean;
};

type PlanOptions = {
  readonly clack: Prompts;
  readonly asked: Asked;
  /** That are to be read. */
  readonly files: number;
};

/** Shows what is planned, and asks for another database or embedder until it is right. */
export async function askPlan(first: TriedPlan, { clack, asked, files }: PlanOptions): Promise<Plan> {
  const { flags, world } = asked;
  let tried = first;
  for (;;) {
    clack.note(fieldLines(planFields(tried, asked, files), world.stdout.columns), "This will be done");
    const works = tellProblems(tried, asked, clack);
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
    if (next === "look") tried = await waitingFor(() => "looking again", lookAgain(tried, asked), world);
    if (next === "database") {
      const database = await askDatabase(choices, { clack, flags, world });
      tried = { ...tried, database };
    }
    if (next === "embedder") {
      const embedder = await askEmbedder(tried.embedder, { clack, asked });
      tried = { ...tried, embedder, instead: undefined };
    }
  }
}

/** The same once more: what was chosen stays chosen. */
async function lookAgain({ database, embedder, instead }: TriedPlan, { flags, world }: Asked): Promise<TriedPlan> {
  const [store, vectors] = await Promise.all([
    tryDatabase(database.choices, flags, world),
    tryEmbedder(embedder.choices, flags, world),
  ]);
  return { database: store, embedder: vectors, instead };
}

function choicesIn({ database, embedder }: TriedPlan): Choices {
  return { ...embedder.choices, database_url: database.choices.database_url };
}

function loadedOf(choices: Choices, { flags, world: { env, cwd } }: Asked): LoadedSettings {
  return loadSettings({ flags: withChoices(flags, choices), env, cwd });
}

function planFields({ database, embedder }: TriedPlan, asked: Asked, files: number): Field[] {
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

/** What does not work, and what to type; whether a run would. */
function tellProblems(tried: TriedPlan, asked: Asked, clack: Prompts): boolean {
  const { columns } = asked.world.stdout;
  const problems = problemsOf(tried, asked);
  for (const problem of problems) clack.log.error(problemText(problem, columns));
  if (tried.instead !== undefined) {
    const { embedding_provider: provider, embedding_model: model } = tried.instead.loaded.settings;
    const head = guidedLines(printable(`${provider} ${model} does not work yet:`), columns);
    clack.log.warn([...head, problemText(tried.instead.problem, columns)].join("\n"));
  }
  return problems.length === 0;
}

function databaseText({ choice: { kind, label }, opened }: TriedDatabase): string {
  const where = kind === "embedded" ? `here, in ${label.replace(/^pglite:/, "")}` : `PostgreSQL ${label}`;
  const rows = opened?.health?.corpus?.size.rows ?? 0;
  return printable(rows === 0 ? where : `${where}, which has ${plural(rows, "chunk")} already`);
}
