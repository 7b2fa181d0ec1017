import type { JobReply, JobRequest } from "../../src/ingest/parse-thread.ts";

declare const self: Worker;

/** A Worker that does with a job what that asks for. */
self.onmessage = ({ data: { data } }: MessageEvent<JobRequest>) => {
  const how = "how" in data ? data.how : "";
  if (how === "exit") process.exit(1);
  if (how === "throw") throw new Error("a bug");
  if (how === "loop") {
    if ("flag" in data && data.flag instanceof Int32Array) data.flag[0] = 1;
    for (;;);
  }
  const done: JobReply = { kind: "done", isSpent: how === "spend", documents: [], notes: [] };
  self.postMessage(done);
};
