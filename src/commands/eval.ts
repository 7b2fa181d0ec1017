import { readEvalCases } from "../config/eval-cases.ts";
import { EVAL_K_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import { figuresOf, halvesOf } from "../eval/figures.ts";
import { belowFloors, readFloors } from "../eval/floors.ts";
import { measure } from "../eval/measure.ts";
import { usageError } from "../flow/errors.ts";
import { type Measured, measuredLines, verdictLine } from "../report/eval-lines.ts";
import { measuredText, shortfallsText } from "../report/eval-report.ts";
import { SEARCH_MODES } from "../store/store.ts";
import { CorpusQueries } from "./corpus-queries.ts";
import { modelOf, readCorpus } from "./corpus.ts";
import { requireCorpusOf } from "./require-corpus.ts";
import type { World } from "./world.ts";

/** A line on how far it is, that often. */
const PROGRESS_MS = 10_000;

/** Measures how well search finds what answers the questions of a file. Exit code 1: a figure is below its floor. */
export async function evaluate(flags: Flags, words: readonly string[], world: World): Promise<number> {
  const [file = "", ...others] = words;
  if (others.length > 0) throw usageError(`eval takes one file of questions, not ${words.length}`);
  const cases = readEvalCases(file, world.cwd);
  const { k = EVAL_K_DEFAULT, mode: modes = SEARCH_MODES } = flags;
  let exitCode = 0;
  await readCorpus(flags, world, async (store, { embedder }) => {
    await requireCorpusOf(store, flags, world);
    const identity = await modelOf(store);
    const queries = new CorpusQueries(store, { embedder, clock: world.clock });
    const corpus = {
      embed: (text: string) => queries.embed(text),
      find: queries.find.bind(queries),
      scan: store.scan,
    };
    const onAnswer = progress(flags, world, cases.length);
    const answered = await measure(cases, corpus, { modes, k, clock: world.clock, onAnswer });
    const [figures, halves] = [figuresOf(answered, modes, k), halvesOf(answered)];
    const measured: Measured = {
      ...{ of: "corpus", file, k, modes, database: store.description, identity },
      ...{ answered, figures, halves },
    };
    const below = belowFloors(readFloors(flags.min ?? []), figures, halves);
    exitCode = below.length > 0 ? 1 : 0;
    const { columns: width } = world.stdout;
    const verbose = flags.verbose ?? false;
    world.stdout.write(
      flags.json
        ? measuredLines(measured) + verdictLine(exitCode, below)
        : measuredText(measured, { verbose, width }) + shortfallsText(below),
    );
  });
  return exitCode;
}

/** Says on stderr how far it is, when it takes its time. */
function progress({ quiet }: Flags, { clock, stderr }: World, questions: number): (answered: number) => void {
  let saidMs = clock.now();
  return (answered) => {
    if (quiet || clock.now() - saidMs < PROGRESS_MS) return;
    saidMs = clock.now();
    stderr.write(`${answered} of ${questions} questions asked\n`);
  };
}
