import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

/** The script that installs a release, in its folder. */
export const INSTALLER = "install.sh";

const SCRIPT = join(import.meta.dir, INSTALLER);

/**
 * Writes `install.sh` for this version. Where its archives will lie says BBJ_RELEASE_URL at the time of the release;
 * without it whoever runs the script has to.
 */
export async function writeInstaller(into: string, url = process.env.BBJ_RELEASE_URL ?? ""): Promise<void> {
  const text = await Bun.file(SCRIPT).text();
  const made = withValue(withValue(text, "version", packageJson.version), "release_url", url);
  await Bun.write(join(into, INSTALLER), made);
}

/** The script with a variable that its first lines leave empty. Throws where it is not there, or the value is no plain word. */
function withValue(text: string, name: string, value: string): string {
  if (!/^[\w.:/~%+-]*$/.test(value)) throw new Error(`${name} of install.sh cannot be ${JSON.stringify(value)}`);
  const line = `\n  ${name}=""\n`;
  if (!text.includes(line)) throw new Error(`install.sh has no empty ${name}`);
  return text.replace(line, `\n  ${name}="${value}"\n`);
}
