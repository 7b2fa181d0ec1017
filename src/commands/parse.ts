import { PARSE_LIMIT_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import { IngestError } from "../flow/errors.ts";
import { ParseThreads } from "../ingest/parse-threads.ts";
import { parsedSource, type ParsedSource } from "../ingest/parsed-source.ts";
import type { Note } from "../parsers/parser.ts";
import { loadParser } from "../parsers/registry.ts";
import { plural } from "../text/words.ts";
import { printable } from "../text/printable.ts";
import { parsedDocumentText, parsedSourceText } from "../report/parsed-text.ts";
import { jsonLine, jsonReporter } from "../report/json.ts";
import { plainReporter } from "../report/plain.ts";
import { quietReporter } from "../report/quiet.ts";
import { parseSettings } from "./parse-settings.ts";
import { readConfig } from "./read-config.ts";
import type { World } from "./world.ts";

/** A crawl takes its time, and shows only its first documents. */
const PROGRESS_EVERY_MS = 10_000;

/**
 * Parses and chunks sources, and shows what comes of them, without any database or embedder. Exit code 1 when something
 * could not be read.
 */
export async function parse(flags: Flags, world: World): Promise<number> {
  const { settings, listed, warnings } = readConfig(flags, world);
  const { stdout, stderr, clock } = world;
  const reporter = flags.json
    ? jsonReporter({ output: stdout, clock })
    : flags.quiet
      ? quietReporter({ output: stderr })
      : plainReporter({ ...flags, output: stderr, clock, times: false });
  for (const reason of warnings) {
    reporter.report({ type: "warning", source: "", path: "", reason });
  }
  const stopped = new AbortController();
  const off = world.onInterrupt(() =>
    stopped.abort(new IngestError("interrupted", { decision: "fatal", code: "interrupted" })),
  );
  const { chunk_size: chunkSize, chunk_overlap: chunkOverlap } = settings;
  const context = { ...parseSettings(settings, world, { mayWrite: false }), signal: stopped.signal };
  const limit = flags.limit ?? PARSE_LIMIT_DEFAULT;
  const results: ParsedSource[] = [];
  const show = () => {
    if (!flags.json && results.length > 0) world.stdout.write(parsedSourceText(results, world.stdout.columns));
  };
  let failed = false;
  using threads = new ParseThreads({ start: world.startParseWorker });
  try {
    for (const entry of listed.entries) {
      let shown = 0;
      let chunksSoFar = 0;
      let saidMs = world.clock.now();
      const onNote = ({ kind, path, reason }: Note) => {
        failed ||= kind === "failed";
        if (flags.json) world.stdout.write(jsonLine({ type: "note", source: entry.name, kind, path, reason }));
        else if (!flags.quiet || kind === "failed")
          world.stderr.write(
            `${kind}: ${printable([entry.name, path, reason].filter((part) => part !== "").join(": "))}\n`,
          );
      };
      const result = await parsedSource(
        { entry, parser: await loadParser(entry, settings.parserValues) },
        {
          chunkSize,
          chunkOverlap,
          ...{ context, threads },
          onNote,
          onDocument: (document, chunks) => {
            shown++;
            chunksSoFar += chunks.length;
            if (world.clock.now() - saidMs >= PROGRESS_EVERY_MS && !flags.quiet && !flags.json) {
              saidMs = world.clock.now();
              const so = `${plural(shown, "document")}, ${plural(chunksSoFar, "chunk")} so far`;
              world.stderr.write(`${printable(entry.name)}: ${so}\n`);
            }
            if (shown > limit || flags.quiet) return;
            if (flags.json) world.stdout.write(jsonLine({ type: "document", source: entry.name, ...document, chunks }));
            else world.stdout.write(parsedDocumentText(document, chunks, { full: flags.full ?? false }));
          },
        },
      );
      // A run takes that for a fault, too.
      if (result.documents === 0) onNote({ kind: "failed", path: "", reason: "it yields no documents" });
      results.push(result);
      if (flags.json) world.stdout.write(jsonLine({ type: "source", ...result }));
    }
  } catch (error) {
    // What was found until then is worth something.
    if (stopped.signal.aborted) show();
    throw error;
  }
  off();
  show();
  return failed ? 1 : 0;
}
