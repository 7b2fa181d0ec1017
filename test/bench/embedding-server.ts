// An Ollama server in a process of its own, for `embedding.ts` and others: its answers are made before it is asked, so that
// it costs next to no processor time, and it keeps a record of how it was used. It speaks OpenAI's API too.
//   bun test/bench/embedding-server.ts --delay 50 --parallel 8
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Semaphore } from "../../src/flow/semaphore.ts";
import { normalised } from "../support/stand-in-server.ts";
import { randomFrom } from "../support/random.ts";

/** How the server was used; times are milliseconds since 1970. */
export type ServerUse = {
  /** Requests, without the probe of one text. */
  readonly batches: number;
  readonly textsAnswered: number;
  /** When the first request came, the probe included. */
  readonly firstMs: number;
  readonly inFlightMax: number;
  /** Each change: when, requests in flight from then on, texts answered by then. */
  readonly changes: readonly (readonly [ms: number, inFlight: number, textsAnswered: number])[];
};

const DIMENSIONS = 1024;

const { values } = parseArgs({
  options: {
    delay: { type: "string", default: "0" },
    /** Requests it works on at a time; the others wait. */
    parallel: { type: "string", default: "8" },
    /** Answers nothing more from that batch on, as a machine that lost its power. */
    "silent-from": { type: "string", default: "0" },
    /** Different vectors; the texts of a request get the first of them, or where they are given all in turn, for indexes. */
    vectors: { type: "string" },
    /** A file that gets the body of each batch, one a line. */
    record: { type: "string", default: "" },
  },
});
const delayMs = Number(values.delay);
const silentFrom = Number(values["silent-from"]);
const permits = new Semaphore(Number(values.parallel));

const random = randomFrom(1);
const vectors = Array.from({ length: Number(values.vectors ?? 256) }, () =>
  JSON.stringify(normalised(Array.from({ length: DIMENSIONS }, () => random() - 0.5))),
);
type Api = "ollama" | "openai";
const answers = new Map<string, Uint8Array<ArrayBuffer>>();
let nextVector = 0;

let isProbed = false;
let batches = 0;
let textsAnswered = 0;
let firstMs = 0;
let inFlight = 0;
let inFlightMax = 0;
const changes: [number, number, number][] = [];

function changed(by: number): void {
  inFlight += by;
  inFlightMax = Math.max(inFlightMax, inFlight);
  changes.push([Date.now(), inFlight, textsAnswered]);
}

/** In steps of the number of texts, so that the answers of all batches of one size are one. */
function answerOf(count: number, api: Api): Uint8Array<ArrayBuffer> {
  const key = `${api} ${count}`;
  const made = answers.get(key);
  if (made !== undefined) return made;
  const rows = Array.from({ length: count }, (_, index) => vectors[(nextVector + index) % vectors.length]);
  const data = () => rows.map((row, index) => `{"object":"embedding","index":${index},"embedding":${row}}`);
  const text =
    api === "ollama"
      ? `{"model":"m","embeddings":[${rows.join(",")}],"total_duration":1,"load_duration":1,"prompt_eval_count":1}`
      : `{"object":"list","model":"m","data":[${data().join(",")}],"usage":{"prompt_tokens":1,"total_tokens":1}}`;
  const answer = new TextEncoder().encode(text);
  if (values.vectors === undefined) answers.set(key, answer);
  else nextVector += count;
  return answer;
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  routes: {
    "/use": () => Response.json({ batches, textsAnswered, firstMs, inFlightMax, changes } satisfies ServerUse),
    "/api/tags": () => Response.json({ models: [] }),
    "/api/show": () => Response.json({ model_info: {}, capabilities: ["embedding"], details: {} }),
    "/api/embed": { POST: (request) => embed(request, "ollama") },
    "/v1/embeddings": { POST: (request) => embed(request, "openai") },
  },
});

async function embed(request: Request, api: Api): Promise<Response> {
  if (firstMs === 0) firstMs = Date.now();
  const body = await request.text();
  const { input: given }: { input: string | string[] } = JSON.parse(body);
  const input = typeof given === "string" ? [given] : given;
  // The probe. A batch may have one text, too.
  if (input.length === 1 && !isProbed) {
    isProbed = true;
    return answered(1, api);
  }
  const batch = ++batches;
  if (values.record !== "") appendFileSync(values.record, `${body}\n`);
  changed(1);
  try {
    if (silentFrom > 0 && batch >= silentFrom) return await goneAfter(request.signal);
    if (delayMs > 0) await permits.use(() => Bun.sleep(delayMs));
    textsAnswered += input.length;
    return answered(input.length, api);
  } finally {
    changed(-1);
  }
}

/** Nothing, until the client leaves. */
function goneAfter(signal: AbortSignal): Promise<Response> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(new Response(null, { status: 499 }))));
}

function answered(count: number, api: Api): Response {
  return new Response(answerOf(count, api), { headers: { "content-type": "application/json" } });
}

console.log(server.url.origin);
