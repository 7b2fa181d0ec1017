import { homedir } from "node:os";

/** Environment variables, as every function that reads some takes them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Those of this process; nothing else reads `process.env`. */
export const processEnvironment: Environment = { ...process.env };
// Keys and passwords go to servers that are who they say, whatever the variable was set for; the user is told.
delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;

/** The variable's value; an empty one counts as unset, as it does in a shell's `${NAME:-default}`. */
export function readVariable(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === undefined || value.trim() === "" ? undefined : value;
}

/** A path with the user's home for a `~` that it begins with, which a shell expands at the start of a word only. */
export function withHome(path: string, environment: Environment): string {
  return path.replace(/^~(?=\/|$)/, () => readVariable(environment, "HOME") ?? homedir());
}

/** Takes away what Bun's SQL client hands to the server whatever it is told (Bun 1.4.5): a search path, a role. */
export function hideFromDriver(): void {
  delete process.env.PGOPTIONS;
}
