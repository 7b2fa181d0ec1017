import type { Properties } from "hast";
import type { Element } from "xast";

/** Attributes that say how an element is read, and their names in a tree of HTML. */
const KEPT = new Map([
  ["class", "className"],
  ["style", "style"],
  ["colspan", "colSpan"],
  ["rowspan", "rowSpan"],
  ["start", "start"],
  ["xml:space", "xmlSpace"],
]);

export function htmlProperties({ attributes }: Element): Properties {
  const properties: Properties = {};
  for (const [name, value] of Object.entries(attributes)) {
    const key = KEPT.get(name.toLowerCase());
    if (key !== undefined && value) properties[key] = key === "className" ? value.split(/\s+/).filter(Boolean) : value;
  }
  return properties;
}
