/** What a gateway was asked. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
  readonly texts: readonly string[];
};

export type Gateway = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  readonly asked: readonly Asked[];
};

export const GATEWAY_DIMENSIONS = 8;

/** A server that answers as `answer` says, and remembers what it was asked. */
export function startGateway(answer: (asked: Asked) => Response | Promise<Response>): Gateway {
  const asked: Asked[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const body: unknown = await request.json().catch(() => ({}));
      const fields: Record<string, unknown> = typeof body === "object" && body !== null ? { ...body } : {};
      const texts = Array.isArray(fields.input) ? fields.input.map(String) : [];
      const one = { method: request.method, path: pathname + search, headers: request.headers, body: fields, texts };
      asked.push(one);
      return answer(one);
    },
  });
  const { port } = server;
  if (port === undefined) throw new Error("no port");
  return {
    ...{ url: `http://127.0.0.1:${port}`, port, asked },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** A vector that tells texts apart by its first number. */
export function gatewayVector(text: string): number[] {
  const first = (Bun.hash.xxHash32(text) % 10_000) + 1;
  return Array.from({ length: GATEWAY_DIMENSIONS }, (_, index) => (index === 0 ? first : 0.5));
}

/** An answer in OpenAI's form. */
export function openaiAnswer(texts: readonly string[]): Response {
  return Response.json({
    object: "list",
    data: texts.map((text, index) => ({ object: "embedding", index, embedding: gatewayVector(text) })),
  });
}
