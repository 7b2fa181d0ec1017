import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { makeEmbedded } from "../support/databases.ts";
import { EXECUTABLE, type Outcome } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const EXAMPLES = join(import.meta.dir, "../../examples");

/**
 * Somebody who has the executable in the PATH, and beside it the files of examples/, and pastes what the README says.
 * `env` says with which embedder, unless the README does.
 */
export async function reader(env: Readonly<Record<string, string>> = { BBJ_RAG_EMBEDDING_PROVIDER: "lexical" }) {
  const directory = temporaryDirectory();
  const { path } = directory;
  const [bin, corpus] = [join(path, "bin"), join(path, "corpus")];
  mkdirSync(bin);
  cpSync(EXAMPLES, corpus, { recursive: true });
  symlinkSync(EXECUTABLE, join(bin, "bbj-ingest-all"));
  await makeEmbedded(join(corpus, ".bbj-rag"));
  const shell = async (
    text: string,
    { flags = ["-e"] }: { readonly flags?: readonly string[] } = {},
  ): Promise<Outcome> => {
    const child = Bun.spawn(["sh", ...flags, "-c", text], {
      cwd: corpus,
      env: {
        PATH: [bin, "/usr/bin", "/bin"].join(delimiter),
        HOME: path,
        TMPDIR: process.env.TMPDIR ?? "/tmp",
        ...env,
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { exitCode, stdout, stderr };
  };
  return {
    /** The folder of the corpus, in which everything is typed. */
    corpus,
    home: path,
    /** Puts a script in the PATH, before all others of its name. */
    command(name: string, text: string) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(bin, name), 0o755);
    },
    write: (name: string, text: string) => writeFileSync(join(corpus, name), text),
    /** Runs what is pasted, to the first command that fails. */
    shell,
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}
