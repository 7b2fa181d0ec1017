import type { BunPlugin } from "bun";

/** What stands for the file that brings a JSON Schema validator along, with the names that are imported of it. */
export const LEAN_SHIMS = `
export { default as process } from "node:process";
export class DefaultJsonSchemaValidator {
  getValidator() { throw new Error("lean-mcp.ts has left the JSON Schema validator out"); }
}`;

/** MCP's SDK checks what users answer to a form of the server (elicitation) by ajv, 0.3 MB. No tool of ours asks them anything. */
export const leanMcp: BunPlugin = {
  name: "lean-mcp",
  setup(build) {
    build.onLoad({ filter: /@modelcontextprotocol[\\/]server[\\/]dist[\\/]shimsNode\.mjs$/ }, () => ({
      contents: LEAN_SHIMS,
      loader: "js",
    }));
  },
};
