import { PassThrough, type Readable, type Writable } from "node:stream";
import type { JSONRPCMessage } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { type Clock, nextTurn } from "../flow/clock.ts";
import { Watchdog } from "../flow/watchdog.ts";

/** Questions that have been asked are answered before the end, for so long. */
const ANSWERED_MS_MAX = 10_000;
const MARK = Buffer.from("\uFEFF");

/** Where messages come from and go to. */
export type Streams = { readonly stdin: Readable; readonly stdout: Writable };

/** stdin and stdout, with an end that waits for the answers to what was asked before: `printf ... | mcp` has them, too. */
export class StdioTransport extends StdioServerTransport {
  /** Resolves when nothing more is asked. */
  readonly closed: Promise<void>;
  readonly #clock: Clock;
  readonly #asked = new Set<string | number>();
  #wake: () => void = () => {};
  readonly #close: () => void;

  constructor({ stdin, stdout }: Streams, clock: Clock) {
    const input = new PassThrough();
    super(input, stdout);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#close = resolve;
    this.#clock = clock;
    let isBegun = false;
    stdin.on("data", (bytes: Buffer) => {
      // PowerShell writes a byte order mark into pipes: with it the first message is no JSON.
      const hasMark = !isBegun && bytes.subarray(0, MARK.length).equals(MARK);
      isBegun = true;
      // A client that writes faster than it is answered waits.
      if (!input.write(hasMark ? bytes.subarray(MARK.length) : bytes)) stdin.pause();
    });
    input.on("drain", () => stdin.resume());
    const end = () => resolve();
    stdin.on("end", end).on("close", end).on("error", end);
  }

  override async start(): Promise<void> {
    const deliver = this.onmessage;
    this.onmessage = (message) => {
      if ("method" in message && "id" in message) this.#asked.add(message.id);
      if ("method" in message && message.method === "notifications/cancelled") this.#settle(message.params?.requestId);
      deliver?.(message);
    };
    await super.start();
  }

  override async send(message: JSONRPCMessage): Promise<void> {
    await super.send(message);
    if (!("method" in message)) this.#settle(message.id);
  }

  override async close(): Promise<void> {
    await super.close();
    this.#asked.clear();
    this.#wake();
    this.#close();
  }

  /** Resolves when all that was asked is answered, or was waited for long enough. */
  async answered(): Promise<void> {
    // What has arrived is read by then.
    await nextTurn();
    using patience = new Watchdog(this.#clock);
    patience.limitTime(ANSWERED_MS_MAX, () => new Error("no answer"));
    patience.signal.addEventListener("abort", () => this.#wake(), { once: true });
    while (this.#asked.size > 0 && !patience.signal.aborted)
      await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #settle(id: unknown): void {
    if (typeof id === "string" || typeof id === "number") this.#asked.delete(id);
    this.#wake();
  }
}
