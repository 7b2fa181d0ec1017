import { callOf } from "../../config/call.ts";
import { chooseDatabase } from "../../config/database-choice.ts";
import type { Flags } from "../../config/flags.ts";
import { isSet, loadSettings } from "../../config/settings.ts";
import { IngestError, messageOf } from "../../flow/errors.ts";
import type { DatabaseChoice } from "../../store/driver/database.ts";
import { checkDatabase, type OpenedDatabase } from "../doctor/database.ts";
import type { Finding } from "../doctor/finding.ts";
import { askUrl } from "../ask-url.ts";
import { answer, type Prompts } from "../prompts.ts";
import { waitingFor } from "../waiting.ts";
import type { World } from "../world.ts";
import { type Choices, withChoices } from "./choices.ts";
import { problemText } from "./texts.ts";

/** The embedded database of `init`, beside the files that it writes. */
const EMBEDDED_URL = "pglite:.bbj-rag";
const DATABASE_SETTINGS = ["database_url", "db_host", "db_port", "db_user", "db_password", "db_name", "state_dir"];
const URL_EXAMPLE = "postgres://user@host:5432/database";

/** A database that was opened and asked. */
export type TriedDatabase = {
  readonly choices: Choices;
  readonly choice: DatabaseChoice;
  readonly problem: Finding | undefined;
  readonly opened: OpenedDatabase | undefined;
};

/** Whether a run could work on the database that was chosen. Throws for a URL that cannot be used. */
export async function tryDatabase(choices: Choices, flags: Flags, world: World): Promise<TriedDatabase> {
  const chosen = withChoices(flags, choices);
  const { settings, origins } = loadSettings({ flags: chosen, env: world.env, cwd: world.cwd });
  const choice = chooseDatabase(settings, origins, world);
  const look = { flags: chosen, world, call: callOf(world.program, chosen), asksOn: true };
  const { findings, opened } = await checkDatabase(look, choice, []);
  return { choices, choice, problem: findings.find(({ state }) => state === "problem"), opened };
}

/** Asks where the corpus is to be stored, until a database answers. */
export async function askDatabase(
  choices: Choices,
  { clack, flags, world }: { readonly clack: Prompts; readonly flags: Flags; readonly world: World },
): Promise<TriedDatabase> {
  let last: { readonly kind: "embedded" | "server"; readonly url: string } = { kind: "embedded", url: "" };
  for (;;) {
    const kind = answer(
      await clack.select<"embedded" | "server">({
        message: "Where is it stored?",
        initialValue: last.kind,
        options: [
          {
            value: "embedded",
            label: "Here, in a database of this program",
            hint: `${EMBEDDED_URL}; nothing to install`,
          },
          { value: "server", label: "On a PostgreSQL server with pgvector", hint: "others read it there" },
        ],
      }),
    );
    const database_url =
      kind === "embedded"
        ? EMBEDDED_URL
        : await askUrl(clack, {
            message: "What is its URL?",
            placeholder: URL_EXAMPLE,
            initialValue: last.url,
            validate: (url) => whyUnusable({ ...choices, database_url: url }, flags, world),
          });
    const asked = tryDatabase({ ...choices, database_url }, flags, world);
    const tried = await waitingFor(() => "asking the database", asked, world);
    if (tried.problem === undefined) return tried;
    last = { kind, url: kind === "server" ? database_url : last.url };
    clack.log.error(problemText(tried.problem, world.stdout.columns));
  }
}

/** The choices with the database that the settings name, which the file is to name, too. What a variable says stays there. */
export function withDatabase(choices: Choices, flags: Flags, { env, cwd }: Pick<World, "env" | "cwd">): Choices {
  const loaded = loadSettings({ flags: withChoices(flags, choices), env, cwd });
  return DATABASE_SETTINGS.some((key) => isSet(key, loaded)) ? choices : { ...choices, database_url: EMBEDDED_URL };
}

function whyUnusable(choices: Choices, flags: Flags, { env, cwd }: World): string | undefined {
  if (choices.database_url === "") return `A URL, e.g. ${URL_EXAMPLE}`;
  try {
    const { settings, origins } = loadSettings({ flags: withChoices(flags, choices), env, cwd });
    chooseDatabase(settings, origins, { env, cwd });
    return undefined;
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
    return messageOf(error);
  }
}
