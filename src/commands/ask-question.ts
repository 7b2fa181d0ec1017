import { callOf } from "../config/call.ts";
import type { Flags } from "../config/flags.ts";
import { hasWord } from "../text/words.ts";
import { readCorpus } from "./corpus.ts";
import { answer, type Prompts } from "./prompts.ts";
import { search } from "./search.ts";
import type { World } from "./world.ts";

/** A title that says what its text is about. */
const WORDS_MIN = 2;
const WORDS_MAX = 8;
/** Of a part of a PDF whose pages have no headings. */
const PAGE = /, pages? \d/;
/** As a screen has room for; the printed command shows more. */
const RESULTS_SHOWN = 3;

/** Asks for a question, answers it, and says how to ask the next one. `proposed` is asked where nothing is typed. */
export async function askQuestion(
  clack: Prompts,
  flags: Flags,
  world: World,
  { message, proposed = "" }: { readonly message: string; readonly proposed?: string },
): Promise<void> {
  const text = answer(
    await clack.text({
      message,
      ...(proposed === "" ? {} : { placeholder: proposed, defaultValue: proposed }),
      validate: (given = "") => (hasWord(given === "" ? proposed : given) ? undefined : "A question, in words"),
    }),
  );
  const asking = searchFlags(flags);
  await search({ ...asking, limit: RESULTS_SHOWN }, text, world);
  world.stdout.write(
    `\nThe next question:\n  ${callOf(world.program, asking).again(["search", "another question"])}\n`,
  );
}

/** What of the flags of a run is about the corpus that it has made. */
function searchFlags({ config, stateDir, databaseUrl, settings, verbose }: Flags): Flags {
  return Object.fromEntries(
    Object.entries({ config, stateDir, databaseUrl, settings, verbose }).filter(([, value]) => value !== undefined),
  );
}

/** The title of a document of the corpus, to ask for; "" where none is as questions are. */
export async function someTitle(flags: Flags, world: World): Promise<string> {
  let title = "";
  await readCorpus({ ...searchFlags(flags), quiet: true }, world, async (store) => {
    for await (const chunks of store.scan({ withContent: false })) {
      const words = (text: string) => text.trim().split(/\s+/).length;
      const fits = ({ title: one }: { readonly title: string }) =>
        hasWord(one) && !PAGE.test(one) && words(one) >= WORDS_MIN && words(one) <= WORDS_MAX;
      title = (chunks.find(fits) ?? chunks.find((chunk) => hasWord(chunk.title)))?.title ?? "";
      break;
    }
  });
  return title;
}
