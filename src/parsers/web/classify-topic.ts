import { documentType } from "../../enrich/document-type.ts";
import { generationsOfTopic } from "../../enrich/generations.ts";

/** Document type and generations of a published topic, by the rules that Flare's own topics go through. */
export function classifyTopic(topic: {
  /** Below the folder of the topics. */
  readonly path: string;
  readonly content: string;
}): { readonly docType: string; readonly generations: readonly string[] } {
  return {
    docType: documentType(topic.path, topic.content),
    generations: generationsOfTopic({ ...topic, conditions: [] }),
  };
}
