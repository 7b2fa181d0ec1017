import type { McpHttpHandler } from "@modelcontextprotocol/server";
import type { Clock } from "../flow/clock.ts";
import { fatalError, messageOf } from "../flow/errors.ts";
import { systemCode } from "../flow/system-reason.ts";
import { guardOf } from "./guard.ts";
import { failure, json, refused, tooLarge } from "./http-answers.ts";
import { searchPage } from "./page.ts";
import { readJson } from "./request-body.ts";
import type { Answering } from "./serving.ts";
import { searchAnswer, searchRequest } from "./shapes.ts";

/** Longer than any answer takes; Bun closes connections that are silent for 10 s otherwise. */
const SILENT_SECONDS_MAX = 120;
/** What is being answered when the server is to stop has so long. */
const STOP_MS_MAX = 10_000;
/** A program to be checked may be large. */
const BODY_BYTES_MAX = 4_000_000;

type Options = Answering & {
  readonly clock: Clock;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** By which it may be called, beside its own. */
  readonly names: readonly string[];
  /** Is told of each answer. */
  readonly onAnswer: ((line: string) => void) | undefined;
};

type Handler = (request: Request) => Response | Promise<Response>;
type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/** The search page, what programs ask, and MCP, on one port. */
export class HttpServer {
  readonly #options: Options;
  readonly #server: Bun.Server<undefined>;
  #mcp: Promise<McpHttpHandler> | undefined;

  /** Listens at once. Throws a `fatal` error when that cannot be. */
  constructor(options: Options) {
    this.#options = options;
    const { host, port, names } = options;
    const guard = guardOf(host, names);
    const routes = this.#routes();
    const answer = async (request: Request) => {
      const why = guard.refusal(request);
      if (why !== undefined) return refused(403, "forbidden", why);
      return await answered(request, routes).catch((error: unknown) => {
        options.complain(error);
        return failure(error);
      });
    };
    try {
      this.#server = Bun.serve({
        ...{ hostname: host, port, idleTimeout: SILENT_SECONDS_MAX, maxRequestBodySize: BODY_BYTES_MAX },
        // Where it is not for development, it shares a port that is taken, and gets some of what is asked (Bun 1.4.5).
        ...{ development: false, reusePort: false },
        fetch: (request) => this.#told(request, answer),
      });
    } catch (error) {
      throw cannotListen(host, port, error);
    }
  }

  /** Where it is. */
  get url(): string {
    return this.#server.url.href;
  }

  /** Takes nothing more, and ends when all is answered, or was waited for long enough. */
  async stop(): Promise<void> {
    const late = new AbortController();
    const waited = this.#options.clock.sleep(STOP_MS_MAX, late.signal).catch(() => {});
    await Promise.race([this.#server.stop(), waited]);
    late.abort();
    const mcp = await this.#mcp?.catch(() => undefined);
    await mcp?.close();
    await this.#server.stop(true);
  }

  #routes(): Routes {
    const { knowledge } = this.#options;
    const page = searchPage();
    const viaMcp: Handler = async (request) => (await (this.#mcp ??= this.#mcpHandler())).fetch(request);
    return {
      "/": { GET: () => new Response(page.html, { headers: page.headers }) },
      "/search": {
        async POST(request) {
          const read = await readJson(request, searchRequest);
          if ("refusal" in read) return read.refusal;
          return json(200, searchAnswer.parse(await knowledge.search(read.asked, request.signal)));
        },
      },
      "/stats": { GET: async ({ signal }) => json(200, await knowledge.stats(signal)) },
      "/health": {
        async GET({ signal }) {
          await knowledge.health(signal);
          return json(200, { status: "ok" });
        },
      },
      // Nothing is kept between requests, so that there is no session to GET or DELETE.
      "/mcp": { POST: viaMcp },
    };
  }

  /** Loaded for the first chat client. */
  async #mcpHandler(): Promise<McpHttpHandler> {
    const [{ createMcpHandler }, { toolServer }] = await Promise.all([
      import("@modelcontextprotocol/server"),
      import("./tools.ts"),
    ]);
    const { knowledge, compiler, complain } = this.#options;
    const explain = (error: unknown) => {
      complain(error);
      return messageOf(error);
    };
    const onerror = (error: Error) => this.#options.onAnswer?.(`mcp: ${error.message}`);
    const limits = { maxRequestBodySize: BODY_BYTES_MAX, onerror };
    return createMcpHandler(() => toolServer({ knowledge, compiler, explain }), limits);
  }

  async #told(request: Request, answer: Handler): Promise<Response> {
    const { clock, onAnswer } = this.#options;
    const since = clock.now();
    const response = await answer(request);
    onAnswer?.(`${request.method} ${pathOf(request)} ${response.status} in ${Math.round(clock.now() - since)} ms`);
    return response;
  }
}

async function answered(request: Request, routes: Routes): Promise<Response> {
  const pathname = pathOf(request);
  const methods = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
  if (methods === undefined) {
    return refused(404, "not_found", `there is no ${pathname}, only ${Object.keys(routes).join(", ")}`);
  }
  const handler = methods[request.method === "HEAD" ? "GET" : request.method];
  if (handler === undefined) {
    const allowed = Object.keys(methods).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
    const Allow = allowed.join(", ");
    return refused(405, "method_not_allowed", `${pathname} takes ${Allow}`, { Allow });
  }
  if (Number(request.headers.get("content-length")) > BODY_BYTES_MAX) return tooLarge(BODY_BYTES_MAX);
  return handler(request);
}

/** What is asked for. Where the Host header is no host, the URL is no more than that. */
function pathOf({ url }: Request): string {
  return URL.parse(url, "http://localhost")?.pathname ?? url;
}

function cannotListen(host: string, port: number, error: unknown) {
  const isTaken = systemCode(error) === "EADDRINUSE";
  const reason = isTaken ? "another program listens there" : messageOf(error);
  const hint = isTaken ? "name another port, or 0 for any that is free" : "name another address or port";
  return fatalError("listen", `cannot listen on ${host}, port ${port}: ${reason}`, hint, error);
}
