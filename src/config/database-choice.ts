import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { usageError } from "../flow/errors.ts";
import type { DatabaseChoice } from "../store/driver/database.ts";
import { isServerUrl, readServerUrl } from "./database-url.ts";
import { didYouMean } from "./nearest.ts";
import { type Environment, readVariable, withHome } from "./environment.ts";
import type { CoreKey, CoreValues } from "./setting-table.ts";
import { DEFAULT, originName, type Origins } from "./settings.ts";

const EMBEDDED_DIRECTORY_DEFAULT = ".bbj-rag";
const SCHEMES = ["postgres", "pglite"];
const ALLOWED = "postgres://USER:PASSWORD@HOST:PORT/DATABASE or pglite:DIR";

const SERVER_SETTINGS: readonly CoreKey[] = ["db_host", "db_port", "db_user", "db_password", "db_name"];

type Place = { readonly cwd: string; readonly env: Environment };

/**
 * `database_url` (of which `--database-url` is the first layer), else the server of `db_*` if any of them is set,
 * else the embedded database in `.bbj-rag` of `state_dir`. Throws a usage error, without the password, when the URL is not usable.
 */
export function chooseDatabase(settings: CoreValues, origins: Origins, { cwd, env }: Place): DatabaseChoice {
  const chosenBy = (key: CoreKey) => originName(key, origins);
  const server = (url: string, key: CoreKey): DatabaseChoice => ({
    kind: "server",
    ...readServerUrl(url, chosenBy(key), env),
    chosenBy: chosenBy(key),
  });
  const { database_url: given } = settings;
  if (given !== undefined && isServerUrl(given.trim())) return server(given.trim(), "database_url");
  if (given !== undefined) return fromUrl(given.trim(), chosenBy("database_url"), { cwd, env });
  const key = SERVER_SETTINGS.find((name) => chosenBy(name) !== DEFAULT);
  if (key === undefined) return embedded(join(settings.state_dir, EMBEDDED_DIRECTORY_DEFAULT), DEFAULT, cwd);
  const isPasswordOpen = chosenBy("db_password") === DEFAULT && readVariable(env, "PGPASSWORD") !== undefined;
  return server(serverUrl(isPasswordOpen ? { ...settings, db_password: "" } : settings), key);
}

function fromUrl(text: string, chosenBy: string, { cwd, env }: Place): DatabaseChoice {
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== "pglite") {
    const not = scheme === undefined ? "" : `, not ${scheme}:${didYouMean(scheme, SCHEMES)}`;
    throw usageError(`the database must be ${ALLOWED}${not} (${chosenBy})`);
  }
  const directory = text.slice("pglite:".length);
  const unusable = (reason: string, hint: string) =>
    usageError(`the database URL of ${chosenBy} cannot be used: ${reason}`, hint);
  if (directory.trim() === "") throw unusable("pglite: names no directory", "e.g. pglite:.bbj-rag");
  if (directory.startsWith("//")) throw unusable("pglite: is followed by a path, not by //", "pglite:DIR");
  return embedded(withHome(directory, env), chosenBy, cwd);
}

function embedded(directory: string, chosenBy: string, cwd: string): DatabaseChoice {
  const absolute = resolve(cwd, directory);
  const short = relative(cwd, absolute);
  const isRoot = dirname(cwd) === cwd;
  const isInside = !isRoot && short !== "" && !short.startsWith("..") && !isAbsolute(short);
  return { kind: "embedded", directory: absolute, label: `pglite:${isInside ? short : absolute}`, chosenBy };
}

function serverUrl({ db_host: given, ...settings }: CoreValues): string {
  const user = encodeURIComponent(settings.db_user);
  const password = settings.db_password === "" ? "" : `:${encodeURIComponent(settings.db_password)}`;
  const isIPv6 = given.includes(":") && !given.startsWith("[");
  const host = given.startsWith("/") ? encodeURIComponent(given) : isIPv6 ? `[${given}]` : given;
  return `postgres://${user}${password}@${host}:${settings.db_port}/${encodeURIComponent(settings.db_name)}`;
}
