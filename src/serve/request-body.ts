import type { z } from "zod";
import { unknownName } from "../config/nearest.ts";
import { refused, tooLarge } from "./http-answers.ts";

const BYTES_MAX = 100_000;

/** What a request with JSON asks, or the answer to one that asks nothing. */
export async function readJson<Asked>(
  request: Request,
  shape: z.ZodType<Asked> & { readonly shape: object },
): Promise<{ readonly asked: Asked } | { readonly refusal: Response }> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type))
    return { refusal: refused(415, "not_json", "the Content-Type must be application/json") };
  const text = await readText(request);
  if (text === undefined) return { refusal: tooLarge(BYTES_MAX) };
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return { refusal: refused(400, "bad_request", "the body is no JSON") };
  }
  const { data, error } = shape.safeParse(given);
  if (error === undefined) return { asked: data };
  const problems = error.issues.flatMap((issue) => problemsOf(issue, Object.keys(shape.shape)));
  return { refusal: refused(400, "bad_request", problems.join("; ")) };
}

/** Undefined when it is too much, of which no more is kept than may be. */
async function readText({ body, headers }: Request): Promise<string | undefined> {
  if (Number(headers.get("content-length")) > BYTES_MAX) return undefined;
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const piece of body ?? []) {
    bytes += piece.length;
    if (bytes > BYTES_MAX) return undefined;
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

function problemsOf(issue: z.core.$ZodIssue, known: readonly string[]): string[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownName("key", key, known));
  const name = issue.path.join(".");
  return [name === "" ? issue.message : `${name}: ${issue.message}`];
}
