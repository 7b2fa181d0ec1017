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
