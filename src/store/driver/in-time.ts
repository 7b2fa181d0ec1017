import { systemClock } from "../../flow/clock.ts";
import { IngestError } from "../../flow/errors.ts";

const ANSWER_MS_MAX = 15_000;

type Options = { readonly description: string };

/** Throws an error that may pass when there is no answer in time. In the time of the network, whatever clock a run has. */
export async function inTime<Result>(
  asked: Promise<Result>,
  { description }: Options,
  waitMs = ANSWER_MS_MAX,
): Promise<Result> {
  const answered = new AbortController();
  const late = systemClock.sleep(waitMs, answered.signal).then(() => {
    const message = `${description} had no connection for us within ${waitMs / 1_000} s`;
    throw new IngestError(message, { decision: "retry", code: "database_busy" });
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    late.catch(() => {});
    answered.abort();
  }
}
