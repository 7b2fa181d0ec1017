import type { Socket } from "node:net";
import type { Clock } from "../../flow/clock.ts";
import { systemCode } from "../../flow/system-reason.ts";

const ANSWER_MS_MAX = 3_000;
const SHOWN_CHARACTERS_MAX = 40;
/** https://www.postgresql.org/docs/17/protocol-message-formats.html: SSLRequest. PostgreSQL answers with one letter. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

export type Finding = { readonly reason: string; readonly hint: string };

const START = "start it, or name another one with --database-url (pglite:DIR needs no server)";
const CHECK = "check host and port in the database URL";

/** What is there, where the driver could not connect: it does not tell a name that is not known from a port that is shut. */
export async function whatListens(host: string, port: number, clock: Clock): Promise<Finding | undefined> {
  // Not imported: the executable would have its bytecode (0.5 MB), and each start would load it (2 ms, 3 MB).
  const { connect } = process.getBuiltinModule("node:net");
  const isSocket = host.startsWith("/");
  const path = isSocket ? `${host}/.s.PGSQL.${port}` : "";
  const socket = isSocket ? connect(path) : connect({ host: host.replace(/^\[(.*)\]$/, "$1"), port });
  const found = new AbortController();
  try {
    return await Promise.race([
      answerOf(socket),
      clock.sleep(ANSWER_MS_MAX, found.signal).then(() => silence(socket, `${host}:${port}`)),
    ]);
  } catch (error) {
    return refusal(systemCode(error) ?? "", isSocket ? path : host, port);
  } finally {
    found.abort();
    socket.destroy();
  }
}

function answerOf(socket: Socket): Promise<Finding | undefined> {
  return new Promise((resolve, reject) => {
    socket.once("connect", () => socket.write(SSL_REQUEST));
    socket.once("data", (data) => {
      const text = data.toString("latin1");
      // Refusals of PostgreSQL begin with "E", and their own length.
      resolve(/^[SN]$|^E\0\0/.test(text) ? undefined : noPostgres(`it answers "${firstWords(text)}"`));
    });
    socket.once("error", reject);
    socket.once("close", () => resolve(noPostgres("it ends the connection")));
  });
}

function noPostgres(what: string): Finding {
  return { reason: `what listens there is no PostgreSQL: ${what}`, hint: `${CHECK}: PostgreSQL is at 5432, as a rule` };
}

function silence(socket: Socket, place: string): Finding {
  if (!socket.connecting) return noPostgres("it does not answer");
  return { reason: `no answer from ${place} (timeout)`, hint: `${CHECK}, and the firewalls between here and there` };
}

function refusal(code: string, host: string, port: number): Finding | undefined {
  if (/^(ENOTFOUND|EAI_|DNS|ENODATA|ESERVFAIL)/.test(code)) {
    return { reason: `the host name ${host} is not known (DNS: ${code})`, hint: "check the host in the database URL" };
  }
  if (code === "ECONNREFUSED")
    return { reason: `nothing listens at ${host}:${port} (connection refused)`, hint: START };
  if (code === "ENOENT") return { reason: `there is no socket ${host}`, hint: START };
  if (code === "EACCES") return { reason: `the socket ${host} may not be used: permission denied`, hint: CHECK };
  if (/^(ENETUNREACH|EHOSTUNREACH|ETIMEDOUT)$/.test(code)) {
    return { reason: `${host} cannot be reached (${code})`, hint: `${CHECK}, and the network` };
  }
  return undefined;
}

function firstWords(text: string): string {
  const [line = ""] = text.split(/[\r\n]/);
  return line.slice(0, SHOWN_CHARACTERS_MAX).replace(/[^ -~]/g, "?");
}
