import { join } from "node:path";

export type Serving = AsyncDisposable & { readonly url: string };

/** `embedding-server.ts` with these arguments, until the end of the scope. */
export async function serveEmbeddings(...args: readonly string[]): Promise<Serving> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "embedding-server.ts"), ...args], {
    ...{ stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  });
  const { value } = await child.stdout.getReader().read();
  return {
    url: new TextDecoder().decode(value).trim(),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
