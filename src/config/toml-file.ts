import { lstatSync, readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import { usageError } from "../flow/errors.ts";
import { systemReason } from "../flow/system-reason.ts";

/** A TOML file's top-level keys, and its text for those who look for line numbers. */
export type TomlFile = { readonly keys: Readonly<Record<string, unknown>>; readonly text: string };

/**
 * Reads `path`, which messages call `label`. Undefined when there is no such file.
 * Throws a usage error when it cannot be read, is not UTF-8, or is not TOML (with line and column).
 */
export function readTomlFile(path: string, label: string): TomlFile | undefined {
  const text = readText(path, label);
  if (text === undefined) return undefined;
  try {
    return { keys: parse(text), text };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The first line only: the rest quotes the file, and with it perhaps a password.
    const [reason = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    throw usageError(`${label}:${error.line}:${error.column}: not valid TOML: ${reason}`);
  }
}

function readText(path: string, label: string): string | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw usageError(`${label} cannot be read: ${systemReason(error)}`);
    // Somebody meant this to be read: running without it would do something else.
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
      throw usageError(`${label} cannot be read: it is a link that leads nowhere`);
    }
    return undefined;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw usageError(`${label} is not UTF-8 text`, "save it as UTF-8");
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
