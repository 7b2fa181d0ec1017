import { connect, createServer, type Server } from "node:net";

/** A server that answers every login with one error of PostgreSQL, e.g. 28P01. */
export function startRefusingServer(state: string, message: string): { readonly port: number; stop(): void } {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        socket.write(errorResponse({ S: "FATAL", V: "FATAL", C: state, M: message }));
        socket.end();
      },
    },
  });
  return { port: listener.port, stop: () => listener.stop(true) };
}

/**
 * A pooler as PgBouncer is: passes everything on, but refuses those who want this setting when they connect, in words of
 * its own.
 */
export async function startPooler(
  targetUrl: string,
  refused: string,
  { state, message } = { state: "08P01", message: `unsupported startup parameter: ${refused}` },
): Promise<AsyncDisposable & { readonly url: string }> {
  const target = new URL(targetUrl);
  const pooler = createServer((client) => {
    client.once("data", (startup) => {
      if (startup.includes(refused)) {
        return client.end(errorResponse({ S: "FATAL", V: "FATAL", C: state, M: message }));
      }
      const server = connect({ host: target.hostname, port: Number(target.port || 5432) });
      server.write(startup);
      client.pipe(server).pipe(client);
      client.on("error", () => server.destroy());
      server.on("error", () => client.destroy());
    });
  });
  const url = new URL(targetUrl);
  url.hostname = "127.0.0.1";
  url.port = String(await portOf(pooler));
  return { url: url.href, [Symbol.asyncDispose]: async () => void pooler.close() };
}

/** Gives each client to the next of the servers. */
export async function startBalancer(urls: readonly string[]): Promise<AsyncDisposable & { readonly url: string }> {
  let clients = 0;
  const balancer = createServer((client) => {
    const target = new URL(urls[clients++ % urls.length] ?? "");
    const server = connect({ host: target.hostname, port: Number(target.port) });
    client.pipe(server).pipe(client);
    client.on("error", () => server.destroy());
    server.on("error", () => client.destroy());
  });
  const url = new URL(urls[0] ?? "");
  url.port = String(await portOf(balancer));
  return { url: url.href, [Symbol.asyncDispose]: async () => void balancer.close() };
}

/** A pooler that has names of its own for the database and the user behind it. */
export async function startAlias(
  targetUrl: string,
  names: { readonly database: string; readonly user: string },
): Promise<AsyncDisposable & { readonly url: string }> {
  const target = new URL(targetUrl);
  const real = { database: target.pathname.slice(1), user: target.username };
  const pooler = createServer((client) => {
    client.once("data", (startup: Buffer) => {
      // Length and version, then names and values, each with a NUL behind it.
      const words = startup.subarray(8).toString("latin1").split("\0");
      const renamed = words.map((word, index) => {
        const name = words[index - 1];
        return index % 2 === 1 && (name === "database" || name === "user") ? real[name] : word;
      });
      const body = Buffer.from(renamed.join("\0"), "latin1");
      const head = Buffer.from(startup.subarray(0, 8));
      head.writeInt32BE(body.length + head.length);
      const server = connect({ host: target.hostname, port: Number(target.port || 5432) });
      server.write(Buffer.concat([head, body]));
      client.pipe(server).pipe(client);
      client.on("error", () => server.destroy());
      server.on("error", () => client.destroy());
    });
  });
  const port = await portOf(pooler);
  const url = `postgres://${names.user}@127.0.0.1:${port}/${names.database}`;
  return { url, [Symbol.asyncDispose]: async () => void pooler.close() };
}

function portOf(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (address === null || typeof address === "string") reject(new Error("the pooler has no port"));
    else resolve(address.port);
  });
  return promise;
}

/** https://www.postgresql.org/docs/17/protocol-message-formats.html: "E", length, fields, NUL. */
function errorResponse(fields: Readonly<Record<string, string>>): Buffer {
  const body = Buffer.from(
    `${Object.entries(fields)
      .map(([field, text]) => `${field}${text}\0`)
      .join("")}\0`,
  );
  const head = Buffer.from("E\0\0\0\0");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
