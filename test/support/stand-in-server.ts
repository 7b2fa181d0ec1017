import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { hashFeatures } from "../../src/embed/lexical.ts";

/** What a request gets instead of its answer. `hang`: nothing, until the client leaves. `reset`: a broken connection. */
export type Fault = Response | "hang" | "reset";

export type StandInOptions = {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** How long each embedding request takes. */
  readonly delayMs?: number;
  /** One embedding request at a time, as Ollama does it; the others wait. */
  readonly serial?: boolean;
  /** Asked for each embedding request, numbered from 1; undefined answers as usual. */
  readonly fault?: (request: number, texts: readonly string[]) => Fault | undefined | Promise<Fault | undefined>;
};

/** What a server does with one request; `texts` are those to embed, for the requests that embed. */
export type Route = { readonly texts?: readonly string[]; readonly answer: () => Response };

/** A server that stands in for an embedding server in tests and trials, and counts what it is asked. */
export interface StandIn extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Embedding requests so far. */
  readonly requests: number;
  /** TCP connections so far. */
  readonly connections: number;
  readonly inFlight: number;
  readonly inFlightMax: number;
  /** How often each text was sent. */
  readonly textsSeen: ReadonlyMap<string, number>;
  /** How often each text was answered with a vector. */
  readonly textsEmbedded: ReadonlyMap<string, number>;
  /** The bodies of the embedding requests so far. */
  readonly bodies: readonly unknown[];
  /** The next embedding requests fail like this, one each, before `fault` is asked. */
  failNext(...faults: readonly Fault[]): void;
  /** The same of the next request with a text that has these words: of several that ask, one is meant. */
  failAbout(words: string, fault: Fault): void;
  /** Lets embedding requests, or those with a text that has these words, wait until the function that is returned is called. */
  hold(words?: string): () => void;
  stop(): Promise<void>;
}

/** Starts a stand-in on the loopback address; `route` says what a request means. */
export async function startStandIn(
  options: StandInOptions,
  route: (request: { method: string; path: string; headers: Headers; body: string }) => Route,
): Promise<StandIn> {
  const textsSeen = new Map<string, number>();
  const textsEmbedded = new Map<string, number>();
  const bodies: unknown[] = [];
  const faults: { readonly words: string; readonly fault: Fault }[] = [];
  const gates = new Set<{ readonly words: string; readonly opened: Promise<void> }>();
  let requests = 0;
  let connections = 0;
  let inFlight = 0;
  let inFlightMax = 0;
  let runner: Promise<void> = Promise.resolve();

  async function embed(texts: readonly string[], answer: () => Response): Promise<Fault> {
    const number = ++requests;
    inFlightMax = Math.max(inFlightMax, ++inFlight);
    for (const text of texts) count(textsSeen, text);
    const isMeant = ({ words }: { readonly words: string }) =>
      words === "" || texts.some((text) => text.includes(words));
    try {
      await Promise.all([...gates].filter(isMeant).map(({ opened }) => opened));
      const next = faults.findIndex(isMeant);
      const fault = next >= 0 ? faults.splice(next, 1)[0]?.fault : await options.fault?.(number, texts);
      if (fault !== undefined) return fault;
      const response = await (options.serial ? inTurn(() => run(answer)) : run(answer));
      if (response.ok) for (const text of texts) count(textsEmbedded, text);
      return response;
    } finally {
      inFlight--;
    }
  }

  async function run(answer: () => Response): Promise<Response> {
    if (options.delayMs) await Bun.sleep(options.delayMs);
    return answer();
  }

  function inTurn(task: () => Promise<Response>): Promise<Response> {
    const result = runner.then(task);
    runner = result.then(
      () => {},
      () => {},
    );
    return result;
  }

  // node:http rather than Bun.serve: it counts connections and can break one.
  const server = createServer((request, response) => void respond(request, response));
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await read(request);
    const { texts, answer } = route({
      method: request.method ?? "GET",
      path: request.url ?? "/",
      headers: new Headers(
        Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]),
      ),
      body,
    });
    if (texts === undefined) return send(response, answer());
    bodies.push(JSON.parse(body));
    const outcome = await embed(texts, answer);
    if (outcome === "reset") request.socket.destroy();
    else if (outcome !== "hang") await send(response, outcome);
  };
  // Go's servers keep idle connections for ever; so do these.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const stop = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get requests() {
      return requests;
    },
    get connections() {
      return connections;
    },
    get inFlight() {
      return inFlight;
    },
    get inFlightMax() {
      return inFlightMax;
    },
    textsSeen,
    textsEmbedded,
    bodies,
    failNext: (...next) => void faults.push(...next.map((fault) => ({ words: "", fault }))),
    failAbout: (words, fault) => void faults.push({ words, fault }),
    hold: (words = "") => {
      const { promise: opened, resolve } = Promise.withResolvers<void>();
      const gate = { words, opened };
      gates.add(gate);
      return () => {
        gates.delete(gate);
        resolve();
      };
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * The vector the stand-ins give for a text: that of the lexical embedder, so that searches make sense, and some noise
 * in every number, so that it weighs as much on the wire as a real one and no two texts have the same.
 */
export function standInVector(text: string, dimensions: number): number[] {
  let state = Bun.hash.xxHash32(text) | 1;
  const vector = Array.from(hashFeatures(text, dimensions), (value) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return value + (state / 2 ** 31) * (0.3 / Math.sqrt(dimensions));
  });
  return normalised(vector);
}

/** The first `dimensions` numbers, brought back to length 1 and rounded to what float32 holds. */
export function normalised(vector: readonly number[], dimensions: number = vector.length): number[] {
  const cut = vector.slice(0, dimensions);
  const length = Math.sqrt(cut.reduce((sum, value) => sum + value * value, 0));
  return cut.map((value) => Math.round((value / length) * 1e9) / 1e9);
}

/** Four characters a token, roughly what a tokenizer makes of English. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}

function count(counts: Map<string, number>, text: string): void {
  counts.set(text, (counts.get(text) ?? 0) + 1);
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function send(response: ServerResponse, answer: Response): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), "content-length": body.length });
  response.end(body);
}
