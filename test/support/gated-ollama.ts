import { startOllama } from "./ollama-stand-in.ts";

const DIMENSIONS = 32;
/** A text of the corpus; the text of the probe is not. */
const OF_A_PAGE = /of page/;

/** An Ollama that holds the requests with a text of `holds` until it is opened. */
export async function gatedOllama(holds = OF_A_PAGE) {
  const gate = Promise.withResolvers<undefined>();
  const ollama = await startOllama({
    dimensions: DIMENSIONS,
    fault: (_, texts) => (texts.some((text) => holds.test(text)) ? gate.promise : undefined),
  });
  return {
    url: ollama.url,
    get requests() {
      return ollama.requests;
    },
    open: () => gate.resolve(undefined),
    async [Symbol.asyncDispose]() {
      gate.resolve(undefined);
      await ollama[Symbol.asyncDispose]();
    },
  };
}
