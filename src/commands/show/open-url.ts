import { readVariable } from "../../config/environment.ts";
import { messageOf } from "../../flow/errors.ts";
import type { World } from "../world.ts";

/** Some programs that open a page end when the browser does. */
const OPENING_MS_MAX = 3_000;

type Outside = Pick<World, "env" | "cwd" | "clock">;

/** What became of an address that was to be opened; `reason` says why it was not, and `failed` that somebody tried. */
export type Opening = { readonly opened: boolean; readonly reason: string; readonly failed: boolean };

/** Opens an address of the web in the user's browser, where there is one that this process can reach. */
export async function openUrl(url: string, world: Outside, platform = process.platform): Promise<Opening> {
  const opener = openerOf(world.env, platform);
  if ("why" in opener) return { opened: false, reason: opener.why, failed: false };
  const [name = ""] = opener.command;
  try {
    const child = Bun.spawn([...opener.command, url], {
      ...{ cwd: world.cwd, env: { ...world.env } },
      ...{ stdin: "ignore", stdout: "ignore", stderr: "ignore" },
    });
    child.unref();
    const waited = new AbortController();
    const late = world.clock.sleep(OPENING_MS_MAX, waited.signal).then(
      () => 0,
      () => 0,
    );
    const exitCode = await Promise.race([child.exited, late]);
    waited.abort();
    const failed = exitCode !== 0;
    return { opened: !failed, reason: failed ? `${name} ended with exit code ${exitCode}` : "", failed };
  } catch (error) {
    return { opened: false, reason: `${name} cannot be started: ${messageOf(error)}`, failed: true };
  }
}

/** What opens an address on this machine, in front of which the user sits. */
function openerOf(
  env: World["env"],
  platform: NodeJS.Platform,
): { readonly command: readonly string[] } | { readonly why: string } {
  const has = (name: string) => readVariable(env, name) !== undefined;
  if (has("SSH_CONNECTION") || has("SSH_TTY"))
    return { why: "this is a session over ssh, and the browser would be elsewhere" };
  if (platform === "darwin") return { command: ["open"] };
  // `start` of cmd.exe would take the address apart at each &.
  if (platform === "win32") return { command: ["rundll32", "url.dll,FileProtocolHandler"] };
  if (!has("DISPLAY") && !has("WAYLAND_DISPLAY")) return { why: "there is no display" };
  const found = Bun.which("xdg-open", { PATH: env.PATH ?? "" });
  return found === null ? { why: "there is no xdg-open, which knows the browser" } : { command: [found] };
}
