import { closesFence, type Fence, openFence } from "../../../text/markdown.ts";
import type { Props } from "./uses.ts";

const PROPERTY = /\$\{\s{0,10}props\.([\w$]+)\s{0,10}\}|`[^`\n]*`|\{\s{0,10}props\.([\w$]+)\s{0,10}\}/g;
const IN_TEMPLATE = /\$\{\s{0,10}props\.([\w$]+)\s{0,10}\}/g;

/** A page with `{props.name}` filled in: what is said of a property that nobody gave stays. Code of Markdown says what it says. */
export function withProps(page: string, props: Props): string {
  if (!page.includes("props.") || Object.keys(props).length === 0) return page;
  const given = new Map(Object.entries(props));
  const inTemplate = (source: string) =>
    source.replace(IN_TEMPLATE, (whole, name: string) => given.get(name)?.replace(/[`\\]|\$(?=\{)/g, "\\$&") ?? whole);
  let fence: Fence | undefined;
  const lines = page.split("\n").map((line) => {
    if (fence !== undefined) {
      if (closesFence(line, fence)) fence = undefined;
      return line;
    }
    fence = openFence(line);
    if (fence !== undefined || !line.includes("props.")) return line;
    return line.replace(PROPERTY, (whole, _, name: string | undefined) => {
      if (name === undefined) return inTemplate(whole);
      const value = given.get(name);
      // A string, for the value is no markup.
      return value === undefined ? whole : `{${JSON.stringify(value)}}`;
    });
  });
  return lines.join("\n");
}
