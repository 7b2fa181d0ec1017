import { lstatSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { evalCasesText } from "../config/eval-cases.ts";
import type { EvalCase } from "../eval/eval-case.ts";
import { type Call, usageError } from "../flow/errors.ts";
import { requireReplaceable } from "../flow/replace-file.ts";
import { systemCode, systemReason } from "../flow/system-reason.ts";

/** The file that questions are made for: a new one, for nobody could tell which lines of an old one somebody has edited. */
export class GeneratedFile {
  readonly #name: string;
  readonly #path: string;

  constructor(name: string, cwd: string) {
    this.#name = name;
    this.#path = resolve(cwd, name);
  }

  /** Throws a usage error when it could not be made. */
  async requireNew(): Promise<void> {
    if (/\.ya?ml$/i.test(this.#name))
      throw usageError(`${this.#name}: what --generate writes is JSON Lines`, "name it .jsonl");
    if (lstatSync(this.#path, { throwIfNoEntry: false }) !== undefined) throw this.#isThere();
    await requireReplaceable(this.#path).catch((error: unknown) => this.#fail(error));
  }

  async write(cases: readonly EvalCase[]): Promise<void> {
    await writeFile(this.#path, evalCasesText(cases), { flag: "wx" }).catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): never {
    if (systemCode(error) === "EEXIST") throw this.#isThere();
    throw usageError(`${this.#name} cannot be written: ${systemReason(error)}`, "name another file");
  }

  #isThere() {
    const hint = (call: Call) =>
      `ask what stands in it: ${call.again(["eval", this.#name], { without: ["--generate"] })}`;
    return usageError(`${this.#name} is there already, and --generate writes over nothing`, hint);
  }
}
