/** Starts a Worker that parses and cuts. Stands beside `cli.ts`: in the executable a Worker is found relative to the program's entry. */
export function startParseWorker(): Worker {
  return new Worker(new URL("./parse-worker.ts", import.meta.url).href);
}
