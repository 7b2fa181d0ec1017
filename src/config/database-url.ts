import { usageError } from "../flow/errors.ts";
import { type Environment, readVariable } from "./environment.ts";
import { notOneOf } from "./nearest.ts";

const PORT_MAX = 65_535;
/** With what SQLAlchemy writes behind it: `postgresql+psycopg`. */
const SCHEME = /^postgres(?:ql)?(?:\+\w+)?:\/\//i;
const ENCODING_HINT =
  "in a user name or password, write @ : / ? % and spaces percent-encoded, e.g. %40 for @; an IPv6 address is in brackets";
const PARTS_HINT = "name host, port, user and database in the URL";
const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
/** What other programs call them. */
const SSL_MODE_NAMES: Readonly<Record<string, string>> = {
  ...{ true: "require", "1": "require", "no-verify": "require", accept_invalid_certs: "require" },
  ...{ false: "disable", "0": "disable", strict: "verify-full" },
};

/** How to get in, where the URL does not say it. No variable says where: the rows would go elsewhere than the URL says. */
const VARIABLES = {
  password: "PGPASSWORD",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  channel_binding: "PGCHANNELBINDING",
} as const;

/** Names of the parameters that are used, and what they stand for. */
const USED: Readonly<Record<string, string>> = {
  ...{
    host: "host",
    path: "host",
    socket: "host",
    port: "port",
    user: "user",
    password: "password",
    dbname: "database",
  },
  ...{ sslmode: "sslmode", "ssl-mode": "sslmode", ssl_mode: "sslmode", ssl: "sslmode", tls: "sslmode" },
  ...{ requiressl: "sslmode", sslaccept: "sslmode", schema: "schema", currentschema: "schema" },
  ...sameNames("sslrootcert", "sslcert", "sslkey", "sslpassword", "channel_binding", "connect_timeout", "options"),
  ...sameNames("search_path", "role", "statement_timeout", "lock_timeout", "work_mem", "maintenance_work_mem"),
  ...sameNames("default_tablespace", "server_database", "server_user"),
};

/** Written by platforms for programs that pool connections, cache statements or choose among hosts. */
const OF_OTHERS = new RegExp(
  `^(${[
    "pgbouncer|supa|supavisor|workaround|uselibpqcompat|prepare|max|max_lifetime|idle_timeout|connection_?limit",
    "pool.*|.*pool_?size|max_?conn.*|socket_timeout|.*statement.*cache.*|preparethreshold|keepalives.*|tcp_user_timeout",
    "load_balance_hosts|fallback_application_name|sslcompression|sslnegotiation|sslsni",
  ].join("|")})$`,
);
/** Values that ask for what is so anyway. */
const SO_ANYWAY: Readonly<Record<string, RegExp>> = {
  target_session_attrs: /^(any|read-write|primary|prefer-standby)$/,
  gssencmode: /^(disable|prefer)$/,
  client_encoding: /^(utf-?8|unicode|auto)$/i,
};
const WHY_UNUSED: Readonly<Record<string, string>> = {
  application_name: ": sessions are called bbj-ingest-all PID@HOST, by which runs find each other",
};

type ServerUrl = {
  /** Names every part, and only parameters that are used. May hold a password. */
  readonly url: string;
  readonly label: string;
  /** What the URL says and nobody heeds. */
  readonly warnings: readonly string[];
};

export function isServerUrl(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * A URL as platforms write them. What it leaves out has a default: user `postgres`, host `localhost`, port 5432, the
 * database that is called as the user. Throws a usage error, without the password, that says what to write instead.
 */
export function readServerUrl(text: string, chosenBy: string, env: Environment): ServerUrl {
  const unusable = (reason: string, hint = ENCODING_HINT) =>
    usageError(`the database URL of ${chosenBy} cannot be used: ${reason}`, hint);
  const decoded = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw unusable("not a valid URL");
    }
  };
  const { parameters, ...inFront } = split(text.replace(SCHEME, ""));
  // A raw "/" or "?" in a password ends the host early, and what follows would name another server.
  if (inFront.misplaced) throw unusable("not a valid URL");
  const given = new Map<string, string>();
  for (const [name, part] of Object.entries(inFront.parts)) if (part !== "") given.set(name, decoded(part));

  const warnings: string[] = [];
  for (const [written, raw] of parameters) {
    const name = decoded(written).toLowerCase();
    // As forms write a space; elsewhere it is a plus.
    const value = decoded(name === "options" ? raw.replaceAll("+", " ") : raw);
    // JDBC's may be a list.
    const used = name === "currentschema" && value.includes(",") ? "search_path" : USED[name];
    if (name === "service" || name === "hostaddr") throw unusable(`"${name}" is not known here`, PARTS_HINT);
    if (value === "" || OF_OTHERS.test(name) || SO_ANYWAY[name]?.test(value)) continue;
    if (used === undefined) {
      warnings.push(`"${name}" in the database URL of ${chosenBy} is not used${WHY_UNUSED[name] ?? ""}`);
    } else if (used !== "sslmode" || name === "sslmode" || !given.has(used)) given.set(used, value);
  }
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const value = readVariable(env, variable);
    if (value !== undefined && !given.has(name)) given.set(name, value);
  }

  const {
    host = "localhost",
    port = "5432",
    user = "postgres",
    password = "",
    sslmode: mode = "disable",
    ...others
  } = Object.fromEntries(given);
  if (`${host}${port}`.includes(",")) {
    throw unusable("it names several hosts", "name the primary alone: a run writes to one server");
  }
  // A URL cannot hold a database of dots: they mean folders.
  const isDots = /^\.\.?$/.test(others.database ?? "");
  if (!isHost(host) || !isPort(port) || isDots) throw unusable("not a valid URL");
  const sslmode = SSL_MODE_NAMES[mode.toLowerCase()] ?? mode.toLowerCase().replaceAll("_", "-");
  if (!SSL_MODES.includes(sslmode))
    throw unusable(`sslmode must be ${SSL_MODES.join(", ")}${notOneOf(mode, SSL_MODES)}`, "name one of them");
  return { ...composeServerUrl({ database: user, ...others, host, port, user, password, sslmode }), warnings };
}

/** The pieces of a URL as they are written. "#" is a character like others, as it is for libpq: passwords have it. */
function split(text: string) {
  const [, authority = "", path = "", search = ""] = /^([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(text) ?? [];
  const at = authority.lastIndexOf("@");
  const [, user = "", password = ""] = /^([^:]*):?(.*)$/s.exec(authority.slice(0, Math.max(at, 0))) ?? [];
  const [, host = "", port = ""] = /^(\[.*\]|.*,.*|[^:]*):?(.*)$/s.exec(authority.slice(at + 1)) ?? [];
  return {
    parts: { host, port, user, password, database: path.slice(1) },
    parameters: search.split("&").map((pair): [string, string] => {
      const [name = "", ...value] = pair.split("=");
      return [name, value.join("=")];
    }),
    misplaced: `${path}${search}`.includes("@"),
  };
}

type Parts = Readonly<Record<"host" | "port" | "user" | "password" | "database" | "sslmode", string>>;

/** The URL of a server whose parts are known; all others are parameters. */
function composeServerUrl({ host, port, user, password, database, ...parameters }: Parts): Omit<ServerUrl, "warnings"> {
  // A directory, or an address with its zone: no URL can hold them.
  const isAside = /[/%]/.test(host);
  const search = new URLSearchParams({ ...(isAside ? { host } : {}), ...parameters });
  const login = `${encodeURIComponent(user)}${password === "" ? "" : `:${encodeURIComponent(password)}`}`;
  const url = `postgres://${login}@${isAside ? "localhost" : host}:${port}/${encodeURIComponent(database)}?${search.toString()}`;
  return { url, label: `${host}:${port}/${database}` };
}

/** A name or address, an IPv6 address in brackets, or the directory of a socket. */
function isHost(host: string): boolean {
  return host.startsWith("/") || /^[^\s/?#@\\%:,[\]<>]+$/.test(host) || /^\[[\da-f:.]+(%\w+)?\]$/i.test(host);
}

function isPort(port: string): boolean {
  return /^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= PORT_MAX;
}

function sameNames(...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, name]));
}
