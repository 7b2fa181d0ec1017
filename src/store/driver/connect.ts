import { SQL } from "bun";

/** A server that takes a connection and says nothing is given up after this, whatever the URL says. */
const CONNECT_SECONDS_DEFAULT = 10;
const CONNECT_SECONDS_MAX = 120;
const TLS = ["sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword"];
/** Parameters that are no settings of a session. */
const OURS = new Set([
  ...TLS,
  "host",
  "connect_timeout",
  "channel_binding",
  "schema",
  "server_database",
  "server_user",
]);

/** Where a URL leads, by the names that the server itself has for it. */
export type NamedPlace = { readonly database: string; readonly user: string; readonly schema: string | undefined };

/**
 * A client of one connection, opened with its first statement. Every part is given: what is not, Bun takes from the
 * environment, and `PGDATABASE` it takes even where the URL names a database (Bun 1.4.5). `PGOPTIONS` cannot be beaten
 * that way: `cli.ts` takes it away.
 */
export function connect(url: string, settings: Readonly<Record<string, string>>, onclose?: () => void): SQL {
  const { parts, parameters } = partsOf(url);
  const { user, password, host, port, database } = parts;
  const { sslmode = "disable", ...tls } = Object.fromEntries(parameters.filter(([name]) => TLS.includes(name)));
  const search = new URLSearchParams({ sslmode, ...(sslmode === "disable" ? {} : tls) });
  const given = Object.fromEntries(parameters);
  const { connect_timeout: seconds, channel_binding: channelBinding = "disable", schema } = given;
  if (!isChannelBinding(channelBinding)) throw new TypeError("channel_binding must be disable, prefer or require");
  return new SQL(`postgres://localhost?${search.toString()}`, {
    ...{ hostname: host, port, username: user, database, max: 1, channelBinding },
    onclose,
    // A pooler may give each statement another session; in those, a named one stays.
    prepare: false,
    // An empty one would be looked for in the environment.
    password: password === "" ? () => "" : password,
    connectionTimeout: Math.min(Number(seconds) || CONNECT_SECONDS_DEFAULT, CONNECT_SECONDS_MAX),
    connection: {
      ...Object.fromEntries(parameters.filter(([name]) => !OURS.has(name))),
      // "public" is where tables go anyway, which is asked after; a pooler may take no search_path.
      ...(schema === undefined || schema === "public" ? {} : { search_path: `"${schema.replaceAll('"', '""')}"` }),
      ...settings,
    },
  });
}

/** What the server is to be asked after: a pooler may call it otherwise, if the URL says so. */
export function namedBy(url: string): NamedPlace {
  const { parts, parameters } = partsOf(url);
  const { server_database, server_user, schema } = Object.fromEntries(parameters);
  return { database: server_database ?? parts.database, user: server_user ?? parts.user, schema };
}

/** Where a URL leads. */
export function placeOf(url: string) {
  const { host, port, user, database } = partsOf(url).parts;
  return { host, port, user, database };
}

function partsOf(url: string) {
  const { username, password, hostname, port, pathname, searchParams } = new URL(url);
  const user = decodeURIComponent(username) || "postgres";
  const parts = {
    ...{ user, password: decodeURIComponent(password) },
    // The directory of a socket.
    host: searchParams.get("host") ?? (decodeURIComponent(hostname) || "localhost"),
    port: Number(port) || 5432,
    database: decodeURIComponent(pathname.slice(1)) || user,
  };
  return { parts, parameters: [...searchParams] };
}

function isChannelBinding(value: string): value is "disable" | "prefer" | "require" {
  return ["disable", "prefer", "require"].includes(value);
}
