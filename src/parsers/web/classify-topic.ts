import type { SourceEntry } from "../../config/sources.ts";
import { generationOfTag } from "../../enrich/generations.ts";

/** Document type and generations of a published topic: the seam to the rules that Flare's own topics go through. */
export function classifyTopic(
  _topic: { /** Below the folder of the topics. */ readonly path: string; readonly content: string },
  { generationTag }: SourceEntry,
): { readonly docType: string; readonly generations: readonly string[] } {
  return { docType: "concept", generations: [generationOfTag(generationTag)] };
}
