import { isAbsolute, join, relative, resolve } from "node:path";
import { type IngestError, usageError } from "../flow/errors.ts";
import type { DatabaseChoice } from "../store/driver/database.ts";
import type { CoreKey, CoreValues } from "./setting-table.ts";
import { DEFAULT, type Origins } from "./settings.ts";

const EMBEDDED_DIRECTORY_DEFAULT = ".bbj-rag";
const PORT_DEFAULT = "5432";
const ALLOWED = "postgres://USER:PASSWORD@HOST:PORT/DATABASE or pglite:DIR";
const ENCODING_HINT = "in a user name or password, write @ : / ? # % and spaces percent-encoded, e.g. %40 for @";

const SERVER_SETTINGS: readonly CoreKey[] = ["db_host", "db_port", "db_user", "db_password", "db_name"];

/**
 * `database_url` (of which `--database-url` is the first layer), else the server of `db_*` if any of them is set,
 * else the embedded database in `.bbj-rag` of `state_dir`. Throws a usage error, without the password, when the URL is not usable.
 */
export function chooseDatabase(settings: CoreValues, origins: Origins, cwd: string): DatabaseChoice {
  const chosenBy = (key: CoreKey) => origins.get(key)?.name ?? DEFAULT;
  if (settings.database_url !== undefined) return fromUrl(settings.database_url.trim(), chosenBy("database_url"), cwd);
  const key = SERVER_SETTINGS.find((name) => chosenBy(name) !== DEFAULT);
  if (key === undefined) return embedded(join(settings.state_dir, EMBEDDED_DIRECTORY_DEFAULT), DEFAULT, cwd);
  return server(serverUrl(settings), chosenBy(key));
}

function fromUrl(text: string, chosenBy: string, cwd: string): DatabaseChoice {
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === "pglite") {
    const directory = text.slice("pglite:".length);
    if (directory.trim() === "") throw unusable(chosenBy, "pglite: names no directory", "e.g. pglite:.bbj-rag");
    if (directory.startsWith("//")) throw unusable(chosenBy, "pglite: is followed by a path, not by //", "pglite:DIR");
    return embedded(directory, chosenBy, cwd);
  }
  if (scheme === "postgres" || scheme === "postgresql") return server(text, chosenBy);
  throw usageError(`the database must be ${ALLOWED}${scheme === undefined ? "" : `, not ${scheme}:`} (${chosenBy})`);
}

function embedded(directory: string, chosenBy: string, cwd: string): DatabaseChoice {
  const absolute = resolve(cwd, directory);
  const short = relative(cwd, absolute);
  const isInside = short !== "" && !short.startsWith("..") && !isAbsolute(short);
  return { kind: "embedded", directory: absolute, label: `pglite:${isInside ? short : absolute}`, chosenBy };
}

function server(url: string, chosenBy: string): DatabaseChoice {
  const parsed = URL.parse(url);
  // A raw "#", "/" or "?" in a password ends the host early, and what follows would name another server.
  if (parsed === null || parsed.hash !== "" || `${parsed.pathname}${parsed.search}`.includes("@")) {
    throw unusable(chosenBy, "not a valid URL", ENCODING_HINT);
  }
  try {
    return { kind: "server", url, label: labelOf(parsed), chosenBy };
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw unusable(chosenBy, "not a valid URL", ENCODING_HINT);
  }
}

function labelOf({ hostname, port, username, password, pathname, searchParams }: URL): string {
  // Decoded only to see that it can be: the driver would fail on it later, and less clearly.
  decodeURIComponent(password);
  const host = searchParams.get("host") ?? searchParams.get("path") ?? decodeURIComponent(hostname);
  const database = decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username) || "postgres";
  return `${host || "localhost"}:${port || PORT_DEFAULT}/${database}`;
}

function serverUrl({ db_host: given, ...settings }: CoreValues): string {
  const user = encodeURIComponent(settings.db_user);
  const password = settings.db_password === "" ? "" : `:${encodeURIComponent(settings.db_password)}`;
  const isSocket = given.startsWith("/");
  const isIPv6 = given.includes(":") && !given.startsWith("[");
  const host = isSocket ? "localhost" : isIPv6 ? `[${given}]` : given;
  const socket = isSocket ? `?host=${encodeURIComponent(given)}` : "";
  return `postgres://${user}${password}@${host}:${settings.db_port}/${encodeURIComponent(settings.db_name)}${socket}`;
}

function unusable(chosenBy: string, reason: string, hint: string): IngestError {
  return usageError(`the database URL of ${chosenBy} cannot be used: ${reason}`, hint);
}
