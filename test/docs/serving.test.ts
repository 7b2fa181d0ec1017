import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { beforeAll, afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { textOf } from "./blocks.ts";
import { reader } from "./reader.ts";

let user: Awaited<ReturnType<typeof reader>>;
beforeAll(async () => {
  user = await reader();
  expect(await user.shell("bbj-ingest-all --embedder lexical")).toMatchObject({ exitCode: 0 });
});
afterAll(() => user[Symbol.dispose]());

test("a chat client that has the entry starts the server and finds something", async () => {
  const entry = z.object({ command: z.string(), args: z.array(z.string()) });
  const { bbj } = z.object({ mcpServers: z.object({ bbj: entry }) }).parse(JSON.parse(textOf("mcpservers"))).mcpServers;
  const args = bbj.args.map((arg) => arg.replace("/home/me/corpus", user.corpus));
  const command = bbj.command.replace("/home/me/.local/bin", join(user.home, "bin"));
  const client = new Client({ name: "test", version: "1" });
  // As a desktop starts it: in another folder, with nothing of a shell's.
  await client.connect(new StdioClientTransport({ command, args, cwd: "/", env: { PATH: "/usr/bin:/bin" } }));
  const { content } = await client.callTool({
    name: "search_bbj_knowledge",
    arguments: { query: "tax of an invoice" },
  });
  await client.close();
  expect(content).toMatchObject([{ type: "text", text: expect.stringContaining("invoice-total.bbj") }]);
});

test("what is asked of the server by curl is found", async () => {
  const serve = `${textOf("serve").trim()} --port 0 > said & server=$!`;
  const ask = textOf("ask").replace("http://127.0.0.1:8484/", '"$(sed "s/Listening on //" said)"');
  const script = `${serve}\nuntil grep -q http said; do kill -0 $server; sleep 0.1; done\n${ask}\nkill $server; wait $server`;
  const { exitCode, stdout } = await user.shell(script);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ query: "compute a bill plus VAT", count: 3 });
});
