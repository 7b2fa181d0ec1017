/**
 * The topics that are snippets of others, and which documents show each of them. A topic that others show is none of its own,
 * unless it `isPage`, for then there would be two of it; topics that show each other are shown by the first of them.
 * `shows` has for each topic the topics it has as snippets, those of its snippets included.
 */
export function topicsShownElsewhere(
  shows: ReadonlyMap<string, ReadonlySet<string>>,
  isPage: (topic: string) => boolean,
): ReadonlyMap<string, readonly string[]> {
  const shown = new Set<string>();
  for (const [topic, others] of shows) for (const other of others) if (other !== topic) shown.add(other);
  for (const topic of shown) if (isPage(topic)) shown.delete(topic);
  const shownIn = new Map<string, string[]>();
  const show = (document: string) => {
    for (const topic of shows.get(document) ?? []) {
      if (topic === document || !shown.has(topic)) continue;
      const documents = shownIn.get(topic) ?? [];
      documents.push(document);
      shownIn.set(topic, documents);
    }
  };
  for (const topic of shows.keys()) if (!shown.has(topic)) show(topic);
  // What is left is shown by nobody but each other.
  for (const topic of [...shown].sort()) {
    if (shownIn.has(topic)) continue;
    shown.delete(topic);
    show(topic);
  }
  return shownIn;
}
