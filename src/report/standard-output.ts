import { fstatSync, writeSync } from "node:fs";
import type { Output } from "./output.ts";

/** What became of an output: "" while all of it was taken, or by a reader that left, who misses nothing. */
type CheckedOutput = Output & { readonly problem: string };

/**
 * stdout that knows whether its words were taken. Files and devices are written to directly: the stream drops what finds no
 * room there without a word (Bun 1.4.5).
 */
export function checkedOutput(stream: NodeJS.WriteStream & { readonly fd: number }): CheckedOutput {
  let problem = "";
  /** The stream has more than it should, and says when the reader has taken it. */
  let isFull = false;
  let isLeft = false;
  let wake = () => {};
  const failed = (error: unknown) => {
    isLeft = true;
    wake();
    if (!(error instanceof Error) || !("code" in error) || error.code === "EPIPE") return;
    problem ||= error.code === "ENOSPC" ? "there is no room left" : error.message;
  };
  stream.on("error", failed);
  stream.on("close", () => {
    isLeft = true;
    wake();
  });
  stream.on("drain", () => {
    isFull = false;
    wake();
  });
  const isDirect = isFile(stream);
  return {
    get columns() {
      return stream.columns;
    },
    get problem() {
      return problem;
    },
    async taken() {
      while (isFull && !isLeft) await new Promise<void>((resolve) => (wake = resolve));
      return !isLeft;
    },
    write(text) {
      if (!isDirect) return void (isFull = !stream.write(text));
      const bytes = Buffer.from(text);
      try {
        for (let at = 0; at < bytes.length && problem === "";) at += writeSync(stream.fd, bytes, at);
      } catch (error) {
        failed(error);
      }
    },
  };
}

/** Neither a terminal nor a pipe, which may have to wait for a reader. */
function isFile({ isTTY, fd }: NodeJS.WriteStream & { readonly fd: number }): boolean {
  if (isTTY) return false;
  try {
    const kind = fstatSync(fd);
    return kind.isFile() || kind.isCharacterDevice();
  } catch {
    return false;
  }
}
