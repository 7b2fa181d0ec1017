import { describe, expect, test } from "bun:test";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { corpusTarget } from "../support/corpus-target.ts";
import { embeddedLane, serverLane } from "../support/databases.ts";
import { EXECUTABLE, run, serverTest, start } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { commandInTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";
import { DIMENSIONS, env, flags, SECTIONS, startGated, targetOn } from "./stopping.ts";

/** Where it does not matter on which. */
const anyTarget = () => targetOn(serverLane.skipped === undefined ? serverLane.name : embeddedLane.name);

describe("a run that nobody listens to goes on to its honest end", () => {
  const lexical = ["--embedder", "lexical", "--dimensions", String(DIMENSIONS)].join(" ");

  test.each([
    ["--json | head -1", "RUN --json | head -n 1"],
    ["--verbose | head -1", "RUN --verbose | head -n 1"],
    ["| head -1", "RUN | head -n 1"],
    ["2>&1 | head -1", "RUN 2>&1 | head -n 1"],
    ["--verbose 2>&1 | true", "RUN --verbose 2>&1 | true"],
    ["stdout closed", "RUN --json >&-"],
    ["stderr closed", "RUN --verbose 2>&-"],
    ["stdin closed", "RUN <&-"],
    ["all closed", "RUN >&- 2>&- <&-"],
    ["stdout full", "RUN --json >/dev/full"],
    ["stdout and stderr full", "RUN --verbose >/dev/full 2>/dev/full"],
  ])("%s", async (_, command) => {
    using directory = temporaryDirectory();
    await using target = await anyTarget();
    writeCorpus(directory.path, { pages: 12, sections: SECTIONS });
    const file = join(directory.path, "exit-code");
    const ingest = `{ "${EXECUTABLE}" ${lexical} --database-url ${target.url}`;
    const attempt = async () => {
      const [first = "", ...rest] = command.replace("RUN", ingest).split(/(?= \||$)/);
      const shell = Bun.spawn(["sh", "-c", `${first}; echo $? > "${file}"; }${rest.join("")}`], {
        cwd: directory.path,
        env: { PATH: "/usr/bin:/bin", HOME: directory.path },
        stdout: "ignore",
        stderr: "pipe",
      });
      // Of those who left, nothing is said.
      expect(await shell.stderr.text()).not.toMatch(/EPIPE|ENOSPC|EBADF|^ +at /m);
      await shell.exited;
      return readFileSync(file, "utf8").trim();
    };
    expect(await attempt()).toBe("0");
    expect(await target.rows()).toHaveLength(12 * SECTIONS);
    symlinkSync("nowhere.md", join(directory.path, "docs", "broken.md"));
    expect(await attempt()).toBe("1");
  });

  serverTest("SIGPIPE does not end it", async () => {
    using directory = temporaryDirectory();
    await using target = await corpusTarget(serverLane);
    await using gated = await startGated(0);
    writeCorpus(directory.path, { pages: 4, sections: SECTIONS });
    const child = start(flags(gated.ollama.url, target.url), { cwd: directory.path, env });
    await until(() => gated.ollama.requests > 1);
    child.kill("SIGPIPE");
    gated.open();
    expect(await child.exited).toBe(0);
    expect(await target.rows()).toHaveLength(4 * SECTIONS);
  });

  serverTest("under nohup the end of its terminal does not end it", async () => {
    using directory = temporaryDirectory();
    await using target = await corpusTarget(serverLane);
    await using gated = await startGated(0);
    writeCorpus(directory.path, { pages: 4, sections: SECTIONS });
    const terminal = commandInTerminal(["nohup", EXECUTABLE, ...flags(gated.ollama.url, target.url)], {
      cwd: directory.path,
      env,
    });
    await until(() => gated.ollama.requests > 1);
    terminal.close();
    terminal.child.kill("SIGHUP");
    gated.open();
    expect(await terminal.exitCode()).toBe(0);
    expect(await target.rows()).toHaveLength(4 * SECTIONS);
  });

  serverTest("stopped by SIGTSTP, it goes on when continued", async () => {
    using directory = temporaryDirectory();
    await using target = await corpusTarget(serverLane);
    await using gated = await startGated(0);
    writeCorpus(directory.path, { pages: 4, sections: SECTIONS });
    // As a job of a shell: in a process group without a parent beside it (`setsid`, cron) nothing is stopped by it.
    const job = 'set -m; (echo $BASHPID >job; exec "$0" "$@") & wait -f $!';
    const shell = Bun.spawn(["bash", "-c", job, EXECUTABLE, ...flags(gated.ollama.url, target.url)], {
      cwd: directory.path,
      env: { PATH: "/usr/bin:/bin", HOME: directory.path, ...env },
      ...{ stdin: "ignore", stdout: "ignore", stderr: "ignore" },
    });
    await until(() => gated.ollama.requests > 1);
    const pid = Number(readFileSync(join(directory.path, "job"), "utf8"));
    process.kill(pid, "SIGTSTP");
    await until(() => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8")));
    gated.open();
    process.kill(pid, "SIGCONT");
    expect(await shell.exited).toBe(0);
    expect(await target.rows()).toHaveLength(4 * SECTIONS);
  });

  serverTest("SIGQUIT ends it at once, as it does every program", async () => {
    using directory = temporaryDirectory();
    await using target = await corpusTarget(serverLane);
    await using gated = await startGated(0);
    writeCorpus(directory.path, { pages: 4, sections: SECTIONS });
    writePage(directory.path, "docs", 5, SECTIONS);
    const child = start(flags(gated.ollama.url, target.url), { cwd: directory.path, env });
    await until(() => gated.ollama.requests > 1);
    child.kill("SIGQUIT");
    await child.exited;
    expect(child.signalCode).toBe("SIGQUIT");
    gated.open();
    expect((await run(flags(gated.ollama.url, target.url), { cwd: directory.path, env })).exitCode).toBe(0);
  });
});
