import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SourceEntry } from "../../../src/parsers/parser.ts";
import { flare } from "../../../src/parsers/flare/entry.ts";
import { readAll, sourceOf, type WholeSource } from "../../support/read-source.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const MADCAP = 'xmlns:MadCap="http://www.madcapsoftware.com/Schemas/MadCap.xsd"';

/** A topic or snippet as Flare writes it. */
export function page(body: string, { title = "A page", html = "" } = {}): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<html ${MADCAP} ${html}><head><title>${title}</title></head><body>${body}</body></html>`;
}

export function variables(values: Readonly<Record<string, string>>): string {
  const list = Object.entries(values).map(([name, value]) => `<Variable Name="${name}">${value}</Variable>`);
  return `<?xml version="1.0"?>\n<CatapultVariableSet>${list.join("")}</CatapultVariableSet>`;
}

export function toc(entries: string): string {
  return `<?xml version="1.0"?>\n<CatapultToc Version="1">${entries}</CatapultToc>`;
}

/** Files by path, written below `folder`. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** What the parser makes of a project of these files. */
export async function readProject(
  files: Readonly<Record<string, string>>,
  entry: Partial<SourceEntry> = {},
): Promise<WholeSource> {
  using directory = temporaryDirectory();
  writeFiles(directory.path, files);
  return await readAll(flare, sourceOf({ name: "help", parser: "flare", dataDir: directory.path, ...entry }));
}

/** The only document of a project with this topic, and whatever else it needs. */
export async function readTopic(body: string, others: Readonly<Record<string, string>> = {}): Promise<WholeSource> {
  return readProject({ "Content/a.htm": page(body), ...others });
}
