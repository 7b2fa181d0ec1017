import type { World } from "../commands/world.ts";
import { HOST_DEFAULT, PORT_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import { jsonLine } from "../report/json.ts";
import { check } from "./check.ts";
import { HttpServer } from "./http-server.ts";
import { interruption, withAnswers } from "./serving.ts";

/** Answers over HTTP until a signal; what is being answered then still is. Exit code 0. Or asks who does already. */
export function serve(flags: Flags, world: World): Promise<number> {
  return flags.check ? check(flags, world) : serveHttp(flags, world, flags.port ?? PORT_DEFAULT);
}

/** The same on a port that another command names. */
export async function serveHttp(flags: Flags, world: World, port: number): Promise<number> {
  const { host = HOST_DEFAULT, allowHost = [], verbose = false, json = false } = flags;
  const { stdout, stderr, clock } = world;
  await withAnswers(flags, world, async (answering, requireCorpus) => {
    const { complain } = answering;
    const onAnswer = verbose ? (line: string) => stderr.write(`${line}\n`) : undefined;
    const { asked, over } = interruption(world);
    const server = new HttpServer({ ...answering, clock, host, port, names: allowHost, onAnswer });
    const { url } = server;
    stdout.write(json ? jsonLine({ type: "listening", url, mcpUrl: `${url}mcp` }) : `Listening on ${url}\n`);
    // A server may be there before its database is: that is said, and asked for again by each question.
    void requireCorpus()
      .then(() => answering.knowledge.warm())
      .catch(complain);
    await asked;
    await server.stop();
    over();
  });
  return 0;
}
