/** Parameters that say where a visitor came from or what a button does, never which page it is. */
const TRACKING =
  /^(?:utm_\w+|mtm_\w+|pk_\w+|hsa_\w+|_hs\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|mc_cid|mc_eid|_ga|_gl|share|nb|replytocom|like_comment|print|pdf_print|amp)$/i;
const URL_CHARACTERS_MAX = 2_000;

/**
 * Where a link leads, written one way: no fragment, no credentials, no tracking parameters, https where the page it stands
 * on has it. Undefined for what is no web address.
 */
export function pageUrl(href: string, base: string): URL | undefined {
  if (href.length > URL_CHARACTERS_MAX) return undefined;
  const url = URL.parse(href.trim(), base);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  url.hash = "";
  url.username = "";
  url.password = "";
  const from = URL.parse(base);
  if (from?.protocol === "https:" && from.hostname === url.hostname && from.port === url.port) url.protocol = "https:";
  for (const name of [...new Set(url.searchParams.keys())]) if (TRACKING.test(name)) url.searchParams.delete(name);
  // "?" alone, which is what is left when all parameters go.
  if (url.search === "") url.search = "";
  return url;
}

/**
 * The same for two addresses of one page: they differ by http and https, by a slash at the end, or by how their characters
 * are encoded.
 */
export function pageKey(url: string): string {
  const { host, pathname, search } = new URL(url);
  return `${host}${decoded(pathname).replace(/(?<!\/)\/+$/, "")}${search}`;
}

/** For messages; what a server put into an address is not printed as it is. */
export function shortUrl(url: string): string {
  return url.length > 200 ? `${url.slice(0, 199)}…` : url;
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
