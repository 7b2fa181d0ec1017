import type { Element } from "xast";
import { attribute } from "./attribute.ts";

/** Elements that carry one of these say what is no longer, or not yet, so. */
const DROPPING = new Set(["primary.deprecated", "primary.notimplemented"]);
const OUTDATED = new Set(["primary.deprecated", "primary.superseded"]);

/** The condition tags of an element. */
export function conditionsOf(element: Element): string[] {
  return attribute(element, "MadCap:conditions")
    .split(",")
    .map((tag) => tag.replace(/\s+/g, " ").trim())
    .filter((tag) => tag !== "");
}

/** Whether an element with these tags is left out. */
export function isDropped(conditions: readonly string[]): boolean {
  return conditions.some((tag) => DROPPING.has(tag.toLowerCase()));
}

/** Whether a topic with these tags is kept for those who still need it only. */
export function isDeprecated(conditions: readonly string[]): boolean {
  return conditions.some((tag) => OUTDATED.has(tag.toLowerCase()));
}
