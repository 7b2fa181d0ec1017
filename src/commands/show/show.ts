import { unknownOf } from "../../config/nearest.ts";
import { problemsError } from "../../config/problems.ts";
import type { Flags } from "../../config/flags.ts";
import { usageError } from "../../flow/errors.ts";
import { chunkText, documentText, ownMetadata } from "../../report/document-text.ts";
import { jsonLine } from "../../report/json.ts";
import type { Store } from "../../store/store.ts";
import { printable } from "../../text/printable.ts";
import { modelOf, readCorpus } from "../corpus.ts";
import type { World } from "../world.ts";
import { type Asked, findAsked } from "./find-asked.ts";
import { openUrl } from "./open-url.ts";

const WEB = /^https?:\/\//i;

/** Shows one document with its chunks, or one of its chunks; with `--open` where readers see it. Exit code 1 when that could not be opened. */
export async function show(flags: Flags, word: string, world: World): Promise<number> {
  let url = "";
  await readCorpus(flags, world, async (store) => {
    await modelOf(store);
    const { source: [source] = [] } = flags;
    if (source !== undefined) await requireSource(store, source);
    const asked = await findAsked(store, word, source);
    if (flags.open) url = urlOf(asked);
    else await print(store, asked, flags, world);
  });
  return url === "" ? 0 : open(url, flags, world);
}

async function requireSource(store: Store, source: string): Promise<void> {
  const known = await store.documentCounts();
  if (!known.has(source)) throw problemsError(store.description, [unknownOf("source", source, [...known.keys()])]);
}

async function print(
  store: Store,
  { place, contentHash }: Asked,
  { json }: Flags,
  { stdout, clock }: World,
): Promise<void> {
  const document = await store.contents.document(place);
  if (document === undefined) throw usageError(`${place.sourceUrl} has just left the corpus`);
  const { columns } = stdout;
  const now = clock.date();
  let isBegun = false;
  for await (const page of store.contents.chunks(place)) {
    const wanted = page.filter((chunk) => contentHash === undefined || chunk.contentHash === contentHash);
    const [first] = page;
    if (!isBegun && !json) stdout.write(documentText({ ...document, metadata: ownMetadata(first) }, { columns, now }));
    if (!isBegun && json) stdout.write(jsonLine({ type: "document", ...document, metadata: ownMetadata(first) }));
    isBegun = true;
    const about = { columns, metadata: ownMetadata(first) };
    const { source, sourceUrl } = place;
    const lines = wanted.map((chunk) =>
      json ? jsonLine({ type: "chunk", source, sourceUrl, ...chunk }) : chunkText(chunk, about),
    );
    stdout.write(lines.join(""));
    if ((await stdout.taken?.()) === false) return;
  }
  if (isBegun) return;
  stdout.write(
    json
      ? jsonLine({ type: "document", ...document, metadata: {} })
      : documentText({ ...document, metadata: {} }, { columns, now }),
  );
}

/** Where readers see it. */
function urlOf({ place, displayUrl }: Asked): string {
  const url = [displayUrl, place.sourceUrl].find((address) => WEB.test(address));
  if (url !== undefined) return url;
  const words = ["show", `--source=${place.source}`, "--", place.sourceUrl];
  throw usageError(
    `${place.sourceUrl} has no address in the web that could be opened`,
    (call) => `to see what is stored of it: ${call.again(words, { without: ["--open"] })}`,
  );
}

async function open(url: string, { json, quiet }: Flags, world: World): Promise<number> {
  const { opened, reason, failed } = await openUrl(url, world);
  if (json) world.stdout.write(jsonLine({ type: "opened", url, opened, reason }));
  else world.stdout.write(opened ? `Opening ${printable(url)} in the browser.\n` : `${printable(url)}\n`);
  if (!opened && !quiet && !json) world.stderr.write(`not opened: ${printable(reason)}\n`);
  return failed ? 1 : 0;
}
