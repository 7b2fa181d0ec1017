import type { JobReply, JobRequest, ParseThread } from "./ingest/parse-thread.ts";

declare const self: Worker;

let thread: Promise<ParseThread> | undefined;

// Set before anything is awaited: messages posted meanwhile would be lost.
self.onmessage = async ({ data }: MessageEvent<JobRequest>) => {
  const reply: JobReply = await (await (thread ??= load())).answer(data);
  self.postMessage(reply);
};

async function load(): Promise<ParseThread> {
  const { ParseThread } = await import("./ingest/parse-thread.ts");
  return new ParseThread();
}
