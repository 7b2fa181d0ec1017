const PORT_DEFAULT = "11434";
const PORT_MAX = 65535;

/**
 * Base URLs of one or more Ollama servers, read by the rules of Ollama's own `OLLAMA_HOST` (envconfig.Host) so that one
 * value means one server everywhere: no scheme is http on port 11434, but `http://h` is port 80. A comma separates servers.
 * Unlike Ollama, `user:password@` is accepted, for servers behind a proxy.
 */
export function parseOllamaHosts(value: string): { hosts: string[]; warnings: string[] } {
  const warnings: string[] = [];
  const items = unquoted(value)
    .split(",")
    .map(unquoted)
    .filter((item) => item !== "");
  const hosts = (items.length === 0 ? [""] : items).map((item) => baseUrl(item, warnings));
  return { hosts: [...new Set(hosts)], warnings };
}

function unquoted(text: string): string {
  return text
    .trim()
    .replace(/^["']+|["']+$/g, "")
    .trim();
}

function baseUrl(item: string, warnings: string[]): string {
  const schemeEnd = item.indexOf("://");
  const scheme = schemeEnd < 0 ? "http" : item.slice(0, schemeEnd).toLowerCase();
  const portDefault =
    schemeEnd < 0 ? PORT_DEFAULT : scheme === "http" ? "80" : scheme === "https" ? "443" : PORT_DEFAULT;
  const rest = schemeEnd < 0 ? item : item.slice(schemeEnd + 3);

  const pathStart = rest.indexOf("/");
  const authority = pathStart < 0 ? rest : rest.slice(0, pathStart);
  const path = pathStart < 0 ? "" : rest.slice(pathStart).replace(/(?<!\/)\/+$/, "");
  const userEnd = authority.lastIndexOf("@") + 1;
  const { host, port } = hostAndPort(authority.slice(userEnd), portDefault);

  const portValid = /^\d+$/.test(port) && Number(port) <= PORT_MAX;
  if (!portValid) warnings.push(`port "${port}" of Ollama host "${host}" is not valid, using ${portDefault}`);
  return `${scheme}://${authority.slice(0, userEnd)}${connectable(host)}:${portValid ? port : portDefault}${path}`;
}

/** Go's `net.SplitHostPort`, and Ollama's fallback where that fails: all of it is the host. */
function hostAndPort(text: string, portDefault: string): { host: string; port: string } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) return { host: bracketed[1] ?? "", port: bracketed[2] ?? portDefault };
  const colon = text.indexOf(":");
  if (colon < 0 || colon !== text.lastIndexOf(":")) return { host: text, port: portDefault };
  return { host: text.slice(0, colon), port: text.slice(colon + 1) };
}

/** Addresses that a server binds to, as one a client can connect to. */
function connectable(host: string): string {
  if (host === "" || host === "0.0.0.0") return "127.0.0.1";
  // `isIP` of node:net says it too, and loads all of that at each start: 2 ms and 3 MB.
  if (!/^[\da-f:.]*:[\da-f:.]*$/i.test(host) || !URL.canParse(`http://[${host}]`)) return host;
  return /^[0:]+$/.test(host) ? "[::1]" : `[${host}]`;
}
