import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { World } from "../commands/world.ts";
import { callOf } from "../config/call.ts";
import type { Flags } from "../config/flags.ts";
import { messageOf, usageError } from "../flow/errors.ts";
import { systemReason } from "../flow/system-reason.ts";
import { errorEvent } from "../ingest/events.ts";
import { printable } from "../text/printable.ts";
import { serveHttp } from "./serve.ts";
import { interruption, withAnswers } from "./serving.ts";
import { type Streams, StdioTransport } from "./stdio-transport.ts";
import { toolServer } from "./tools.ts";

/** Answers a chat client until it closes stdin, or over HTTP until a signal. Exit code 0. */
export async function mcp(flags: Flags, world: World, streams: Streams = process): Promise<number> {
  if (flags.http !== undefined) return serveHttp(flags, world, flags.http);
  await withAnswers(flags, world, async ({ knowledge, compiler, complain }) => {
    const call = callOf(world.program, flags);
    // Who asks is who runs this: what mends it is said, too.
    const explain = (error: unknown) => {
      complain(error);
      const { message, hint } = errorEvent(error, call);
      return hint === "" ? message : `${message}\n${hint}`;
    };
    if (world.interactiveTerminal) {
      const serve = call.again(["serve"]);
      world.stderr.write(`waits for a chat client on stdin; Ctrl-C ends it. A search page for people: ${serve}\n`);
    }
    const transport = transportOf(streams, world);
    const { asked, over } = interruption(world);
    const onerror = (error: Error) => world.stderr.write(`warning: ${printable(messageOf(error))}\n`);
    const server = serveStdio(() => toolServer({ knowledge, compiler, explain }), { transport, onerror });
    await Promise.race([asked, transport.closed]);
    await transport.answered();
    await server.close();
    over();
  });
  return 0;
}

function transportOf(streams: Streams, { clock }: World): StdioTransport {
  try {
    return new StdioTransport(streams, clock);
  } catch (error) {
    // `mcp < FOLDER`
    throw usageError(`stdin, where a chat client asks, cannot be read: ${systemReason(error)}`);
  }
}
