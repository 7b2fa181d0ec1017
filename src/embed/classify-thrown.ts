import type { ErrorCode } from "../flow/error-codes.ts";
import { type Decision, IngestError } from "../flow/errors.ts";
import { systemCode } from "../flow/system-reason.ts";
import type { ServerProfile } from "./classify.ts";

const UNKNOWN_HOST = /^(?:ENOTFOUND|EAI_AGAIN|EAI_NONAME|EAI_NODATA)$/;
const UNREACHABLE = /^(?:ECONNREFUSED|E(?:HOST|NET)(?:UNREACH|DOWN)|EADDRNOTAVAIL|EINVAL|ETIMEDOUT|ERR_PROXY_TUNNEL)$/;
const SELF_SIGNED = /SELF_SIGNED/;

/**
 * What to throw for an error of `fetch`. Network failures come from Bun as a `TypeError` with a `code`;
 * anything without one is a bug of ours and comes back as it is.
 */
export function classifyThrown(server: ServerProfile, error: unknown): unknown {
  const code = systemCode(error);
  if (code === undefined || code.startsWith("ERR_INVALID_ARG_TYPE")) return error;
  const { label, hints } = server;
  const fails = (message: string, decision: Decision, kind: ErrorCode, hint?: string) =>
    new IngestError(message, { decision, code: kind, hint, cause: error });
  if (code === "ERR_INVALID_URL" || code === "ERR_INVALID_ARG_VALUE") {
    return fails(`${label} is not a URL of a server`, "fatal", "bad_url", hints.unreachable);
  }
  // Certificates do not heal by themselves.
  if (/CERT|UNABLE_TO_VERIFY/.test(code)) {
    return fails(
      `the certificate of ${label} is not trusted (${code})`,
      "fatal",
      "certificate",
      trust(code, hints.address),
    );
  }
  if (UNKNOWN_HOST.test(code)) {
    const hint = `is the name spelt right, and known on this network? it comes from ${hints.address}`;
    return fails(`the host of ${label} is not known (${code})`, "retry", "embedder_unreachable", hint);
  }
  if (code === "EPROTO") {
    const hint = `if it speaks no TLS, begin its address with http://, in ${hints.address}`;
    return fails(`${label} cannot be reached: the TLS handshake failed`, "retry", "embedder_unreachable", hint);
  }
  if (UNREACHABLE.test(code)) {
    return fails(`${label} cannot be reached (${code})`, "retry", "embedder_unreachable", hints.unreachable);
  }
  if (code.startsWith("Malformed")) {
    const hint = `another kind of server has that port: set ${hints.address}`;
    return fails(`what answers at ${label} does not speak HTTP (${code})`, "retry", "connection_lost", hint);
  }
  const hint =
    "if that happens every time, another kind of server has that port (PostgreSQL hangs up like this), or it wants " +
    `https://: set ${hints.address}`;
  return fails(`the connection to ${label} broke off (${code})`, "retry", "connection_lost", hint);
}

function trust(code: string, address: string): string {
  if (/ALTNAME/.test(code)) return `it is for another name: use the name it was made for, in ${address}`;
  if (/EXPIRED/.test(code)) return "it has expired, or this machine's clock is wrong";
  const file = "name the file of your authority in NODE_EXTRA_CA_CERTS";
  return SELF_SIGNED.test(code) ? `it is signed by itself: ${file} (the file of the certificate will do)` : file;
}
