import type { Flags } from "../../config/flags.ts";
import { type Call, IngestError, messageOf } from "../../flow/errors.ts";
import type { Area, Finding } from "../../report/doctor-lines.ts";
import { shellWord } from "../../text/shell-word.ts";
import type { World } from "../world.ts";

export type { Area, Finding } from "../../report/doctor-lines.ts";

/** What every check goes by. */
export type Look = {
  readonly flags: Flags;
  readonly world: World;
  /** For remedies that call this program. */
  readonly call: Call;
  /** Its user is about to be asked for another database: no command names one. */
  readonly asksOn?: boolean;
};

/** What mends a finding. */
export type Remedy = Pick<Finding, "remedy" | "into" | "hint">;

/** What one SQL statement of an owner or a superuser mends. */
export function inPsql(remedy: string): Remedy {
  return { remedy, into: "psql" };
}

/** The finding of what was thrown by something that a run would do, too. Rethrows bugs of ours. */
export function problemOf(area: Area, what: string, error: unknown, look: Look, remedy?: Remedy): Finding {
  if (!(error instanceof IngestError)) throw error;
  const { hint = "" } = error;
  const said = typeof hint === "string" ? hint : hint(look.call);
  const detail = messageOf(error).replaceAll("\n", " ");
  return { area, what, state: "problem", detail, ...(remedy ?? remedyIn(said, look)) };
}

const SQL = /(?<=^|[ :])((?:CREATE|GRANT|ALTER)\b[^;]*;(?: (?:CREATE|GRANT|ALTER)\b[^;]*;)*)/;

/** What of a hint can be pasted as it is. All of it stays a hint where that is nothing. */
function remedyIn(hint: string, { world }: Look): Remedy {
  const lines = hint.split("\n");
  const [, statements] = lines.map((line) => SQL.exec(line)).find((found) => found !== null) ?? [];
  if (statements !== undefined && !statements.includes("...")) return inPsql(statements);
  const program = `${world.program.map(shellWord).join(" ")} `;
  const [command] = lines.flatMap((line) => {
    const at = line.indexOf(program);
    if (at < 0) return [];
    // A variable may stand before it.
    return [{ text: line.startsWith("BBJ_RAG_") ? line : line.slice(at), hint: line.slice(0, at) }];
  });
  return command === undefined ? { hint } : { remedy: command.text, hint: command.hint.replace(/[:;,\s]+$/, "") };
}

/**
 * What `work` finds, unless it takes longer than `ms`: then it is told to stop, and whatever it may still open is given to
 * `undo`. For what may never answer.
 */
export async function inTime<Result>(
  { world: { clock } }: Look,
  ms: number,
  work: (signal: AbortSignal) => Promise<Result>,
  undo: (late: Result) => void = () => {},
): Promise<Result | undefined> {
  const given = new AbortController();
  const done = new AbortController();
  const found = work(given.signal);
  const late = clock.sleep(ms, done.signal).then(() => undefined);
  late.catch(() => {});
  try {
    const first = await Promise.race([found.then((result) => ({ result })), late]);
    if (first !== undefined) return first.result;
    given.abort();
    found.then(undo, () => {});
    return undefined;
  } finally {
    done.abort();
  }
}
