import { maskCredentials } from "../text/mask-credentials.ts";

/** Shorter ones are words of any message: a version, a name. */
const QUERY_SECRET_LENGTH_MIN = 8;

/** Where a server is asked. */
export type Endpoint = {
  /** Without user and password, which `fetch` would send beside a key. */
  readonly url: string;
  /** For messages: the base URL without credentials, and without its query, which may hold a key. */
  readonly label: string;
  /** The header that user and password of the URL stand for. */
  readonly authorization: string | undefined;
  /** What the URL would give away. */
  readonly secrets: readonly string[];
};

/**
 * The endpoint that a base URL and a protocol's path make: the path goes before a query such as `?api-version=...`, and
 * a base URL that has it already is one all the same.
 */
export function endpointOf(baseUrl: string, path: string): Endpoint {
  const url = URL.parse(baseUrl);
  // Not thrown here: `fetch` refuses it, and its error is classified like any other.
  if (url === null) return { url: baseUrl, label: maskCredentials(baseUrl), authorization: undefined, secrets: [] };
  const { username, password } = url;
  const label = maskCredentials(withoutTail(baseUrl));
  const query = [...url.searchParams.values()].filter((value) => value.length >= QUERY_SECRET_LENGTH_MIN);
  const credentials = username === "" && password === "" ? undefined : decoded(username, password);
  [url.username, url.password, url.hash] = ["", "", ""];
  const base = url.pathname.replace(/(?<!\/)\/+$/, "");
  url.pathname = base.endsWith(path) ? base : base + path;
  return {
    url: url.href,
    label,
    authorization: credentials && `Basic ${credentials.basic}`,
    secrets: [
      ...(password === "" || !credentials ? [] : [credentials.basic, credentials.password, password]),
      ...query,
    ],
  };
}

function withoutTail(url: string): string {
  return (url.split(/[?#]/, 1)[0] ?? "").replace(/(?<!\/)\/+$/, "");
}

function decoded(username: string, password: string): { readonly basic: string; readonly password: string } {
  const [user, secret] = [username, password].map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return { basic: Buffer.from(`${user}:${secret}`).toString("base64"), password: secret ?? "" };
}
