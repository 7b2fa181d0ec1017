const HOST = /^(?:[a-z\d._-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
/** As `hostnameOf` gives it. */
const ADDRESS = /^(?:\d+(?:\.\d+){3}|\[.*\])$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Whose requests are answered. */
export type Guard = {
  /** Why a request is not answered; undefined when it may be. */
  refusal(request: Request): string | undefined;
};

/**
 * Keeps pages of other sites out, which a browser on this machine shows: those that ask from where they are (Origin), and
 * those whose own name was made to lead here (Host; DNS rebinding). That needs a name, so an address is as good as
 * localhost once others than this machine may ask at all.
 */
export function guardOf(listening: string, allowed: readonly string[]): Guard {
  const own = hostnameOf(listening.includes(":") ? `[${listening}]` : listening) ?? "";
  const names = new Set([own, ...allowed.map((name) => name.toLowerCase().replace(/\.$/, ""))]);
  const mayBeAddress = !LOOPBACK.test(own);
  const isOurs = (name: string) => LOOPBACK.test(name) || names.has(name) || (mayBeAddress && ADDRESS.test(name));
  return {
    refusal({ headers }) {
      const host = headers.get("host") ?? "";
      const name = hostnameOf(host);
      if (name === undefined || !isOurs(name))
        return "this server is not known by the name in the Host header; --allow-host NAME makes it known";
      const origin = headers.get("origin");
      return origin === null || isSame(origin, host) ? undefined : "pages of other sites are not answered";
    },
  };
}

/** As a browser writes it: `127.1` is `127.0.0.1`. */
function hostnameOf(host: string): string | undefined {
  if (!HOST.test(host)) return undefined;
  return URL.parse(`http://${host}`)?.hostname.replace(/\.$/, "");
}

function isSame(origin: string, host: string): boolean {
  const from = URL.parse(origin);
  return from !== null && /^https?:$/.test(from.protocol) && from.host === URL.parse(`${from.protocol}//${host}`)?.host;
}
