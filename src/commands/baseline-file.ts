import { resolve } from "node:path";
import { readTextFile } from "../config/text-file.ts";
import type { Baseline } from "../eval/baseline.ts";
import { baselineText, parseBaseline } from "../eval/baseline.ts";
import { type Hint, usageError } from "../flow/errors.ts";
import { replaceFile, requireReplaceable } from "../flow/replace-file.ts";
import { systemReason } from "../flow/system-reason.ts";

/** The file of a baseline, which is replaced whole and never made of a file that is something else. */
export class BaselineFile {
  /** As it was given. */
  readonly name: string;
  readonly #path: string;

  constructor(name: string, cwd: string) {
    this.name = name;
    this.#path = resolve(cwd, name);
  }

  /** Undefined when there is none. Throws a usage error when it is not one that this program wrote. */
  read(): Baseline | undefined {
    const text = readTextFile(this.#path, this.name);
    if (text === undefined) return undefined;
    const baseline = parseBaseline(text);
    const hint: Hint = "name a file that eval wrote with --update-baseline, or one that is not there yet";
    if (baseline === undefined) throw usageError(`${this.name} is no baseline of this version`, hint);
    return baseline;
  }

  /** Throws a usage error when it could not be written; now, while nothing was measured. */
  async requireWritable(): Promise<void> {
    await requireReplaceable(this.#path).catch((error: unknown) => this.#fail(error));
  }

  async write(baseline: Baseline): Promise<void> {
    await replaceFile(this.#path, baselineText(baseline)).catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): never {
    throw usageError(
      `${this.name} cannot be written: ${systemReason(error)}`,
      "name another file with --baseline FILE",
    );
  }
}
