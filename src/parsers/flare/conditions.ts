import type { Element, Nodes } from "xast";
import { attribute } from "./read-xml.ts";

/** Elements that carry one of these say what is no longer, or not yet, so. */
const DROPPING = new Set(["primary.deprecated", "primary.notimplemented"]);
const OUTDATED = new Set(["primary.deprecated", "primary.superseded"]);

/** The condition tags of an element. */
export function conditionsOf(element: Element): string[] {
  const tags = attribute(element, "MadCap:conditions");
  // Every element is asked, and few have any.
  if (tags === "") return [];
  return tags
    .split(",")
    .map((tag) => tag.replace(/\s+/g, " ").trim())
    .filter((tag) => tag !== "");
}

/** Texts for different readers, of which a built help shows one, stand side by side here. */
export function isAlternative(before: Nodes | undefined, node: Nodes): boolean {
  if (before?.type !== "element" || node.type !== "element") return false;
  const [one, other] = [conditionsOf(before), conditionsOf(node)];
  return one.length > 0 && other.length > 0 && one.join() !== other.join();
}

/** Whether an element with these tags is left out. */
export function isDropped(conditions: readonly string[]): boolean {
  return conditions.some((tag) => DROPPING.has(tag.toLowerCase()));
}

const DROPPING_TAG = /primary\s*\.\s*(?:deprecated|notimplemented)/i;

/** Whether a text may have elements that are left out. */
export function mayDrop(text: string): boolean {
  return DROPPING_TAG.test(text);
}

/** Whether a topic with these tags is kept for those who still need it only. */
export function isDeprecated(conditions: readonly string[]): boolean {
  return conditions.some((tag) => OUTDATED.has(tag.toLowerCase()));
}
