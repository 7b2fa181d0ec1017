import packageJson from "../../package.json" with { type: "json" };

/** This program's name, in usage lines and hints. */
export const PROGRAM = packageJson.name;

/** This program's version, from `package.json`. */
export const VERSION: string = packageJson.version;

/** What this program is, in a line. */
export const ABOUT = "turns documentation into a searchable pgvector corpus";
