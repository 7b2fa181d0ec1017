import type { Properties } from "hast";
import type { Element } from "xast";
import { attribute, classesOf } from "./attribute.ts";

/** The attributes of an element that say how it is read. */
export function htmlProperties(element: Element): Properties {
  const className = classesOf(element);
  const style = attribute(element, "style");
  const [colSpan, rowSpan, start] = ["colspan", "rowspan", "start"].map((name) => attribute(element, name));
  return {
    ...(className.length === 0 ? {} : { className }),
    ...(style === "" ? {} : { style }),
    ...(attribute(element, "xml:space") === "preserve" ? { xmlSpace: "preserve" } : {}),
    ...(colSpan ? { colSpan } : {}),
    ...(rowSpan ? { rowSpan } : {}),
    ...(start ? { start } : {}),
  };
}
