import { z } from "zod";
import { searchPage } from "../../src/serve/page.ts";
import { freePort } from "../support/free-port.ts";

export type Result = {
  readonly content: string;
  readonly title: string;
  readonly source_url: string;
  readonly doc_type: string;
  readonly generations: readonly string[];
  readonly context_header: string;
  readonly deprecated: boolean;
  readonly display_url: string;
  readonly source_type: string;
  readonly score: number;
};

const askedShape = z.strictObject({ query: z.string(), generation: z.string().optional(), limit: z.int() });
type Asked = z.infer<typeof askedShape>;

/** A result of which only some things matter. */
export function result(of: Partial<Result> & { readonly title: string }): Result {
  return {
    ...{ content: `About ${of.title}.`, source_url: `manual://${of.title}`, doc_type: "concept", generations: [] },
    ...{ context_header: "", deprecated: false, display_url: "", source_type: "Manual", score: 0.0196 },
    ...of,
  };
}

/** The page as `serve` sends it, before answers of a test. */
export function pageServer(
  answer: (asked: Asked, request: number) => readonly Result[] | Response | Promise<Response>,
) {
  const questions: Asked[] = [];
  const { html, headers } = searchPage();
  const listen = (port: number) =>
    Bun.serve({
      hostname: "127.0.0.1",
      port,
      routes: {
        "/": () => new Response(html, { headers }),
        "/stats": () => Response.json({ documents: 2739, chunks: 12_657, sources: [{}, {}, {}] }),
        "/search": {
          async POST(request) {
            const asked = askedShape.parse(await request.json());
            questions.push(asked);
            const found = await answer(asked, questions.length);
            return found instanceof Response ? found : Response.json(answerOf(asked, found));
          },
        },
      },
    });
  // One that nobody is given by chance while it is away.
  const port = freePort();
  let server = listen(port);
  const { href: url } = server.url;
  return {
    url,
    /** What was asked, in its order. */
    questions,
    /** Goes away, and comes back. */
    stop: () => server.stop(true),
    start: () => void (server = listen(port)),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** The answer that has these results. */
export function answerOf({ query }: { readonly query: string }, results: readonly Result[]) {
  const counts: Record<string, number> = {};
  for (const { source_type: type } of results) counts[type] = (counts[type] ?? 0) + 1;
  return { query, results, count: results.length, source_type_counts: counts };
}
