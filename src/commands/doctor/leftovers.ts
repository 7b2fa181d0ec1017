import { readdir } from "node:fs/promises";
import type { LoadedSettings } from "../../config/settings.ts";
import { messageOf } from "../../flow/errors.ts";
import { FailureLog } from "../../ingest/failure-log.ts";
import type { ResumeFile } from "../../ingest/resume-file.ts";
import { partOfResumeFile, resumeFileOf } from "../../ingest/resume-files.ts";
import { type Part, partText } from "../../parsers/part.ts";
import { shellWord } from "../../text/shell-word.ts";
import { plural } from "../../text/words.ts";
import { type Finding, type Look, problemOf } from "./finding.ts";

const AREA = "leftovers";
const FAILED_SHOWN_MAX = 5;

/** What earlier runs left in files: failures that wait to be retried, and how far an interrupted run had come. */
export async function checkLeftovers(look: Look, { settings }: LoadedSettings): Promise<Finding[]> {
  return [...(await failures(look, settings.failureLogPath)), ...(await resumes(look, settings.stateDirectory))];
}

async function failures(look: Look, path: string): Promise<Finding[]> {
  const about = { area: AREA, what: "failure log" } as const;
  const log = new FailureLog(path);
  try {
    await log.requireWritable().catch((error: unknown) => {
      // Of a directory that is yet to be made, `checkDirectories` tells.
      if (!/does not exist/.test(String(error))) throw error;
    });
    const { entries, damagedLines, foreignLines } = await log.read();
    const findings: Finding[] = [];
    const sources = new Set(entries.map(({ source }) => source));
    if (entries.length > 0) {
      const detail = `${plural(entries.length, "chunk")} of ${plural(sources.size, "source")} failed, and ${entries.length === 1 ? "waits" : "wait"} to be retried`;
      findings.push({ ...about, state: "note", detail, remedy: look.call.again(["--retry-failed"]) });
    }
    if (damagedLines.length > 0) {
      const detail = `${plural(damagedLines.length, "line")} of ${path} cut off, the first is ${damagedLines[0]}; a run of all sources settles them`;
      findings.push({ ...about, state: "warning", detail, remedy: look.call.again([]) });
    }
    if (foreignLines.length > 0) {
      const detail = `${plural(foreignLines.length, "line")} of ${path} not of this program, the first is ${foreignLines[0]}`;
      const remedy = moveAway(path);
      findings.push({ ...about, state: "warning", detail, hint: "take them out, or move the file away:", remedy });
    }
    return findings.length > 0 ? findings : [{ ...about, state: "ok", detail: "nothing waits to be retried" }];
  } catch (error) {
    const [, lock] = /^(.*) is in the place of a lock/.exec(messageOf(error)) ?? [];
    return [problemOf(AREA, "failure log", error, look, { remedy: moveAway(lock ?? path) })];
  }
}

function moveAway(path: string): string {
  return `mv ${shellWord(path)} ${shellWord(`${path}.old`)}`;
}

/** How far interrupted runs have come: those that had the sources whole, and those of a part of each. */
async function resumes(look: Look, directory: string): Promise<Finding[]> {
  const names = await readdir(directory).catch((): string[] => []);
  const findings: Finding[] = [];
  for (const name of names.sort()) {
    const found = partOfResumeFile(name);
    if (found !== undefined) findings.push(await resume(look, resumeFileOf(directory, found.part), found.part));
  }
  if (findings.length > 0) return findings;
  return [{ area: AREA, what: "resume file", state: "ok", detail: "no run was interrupted" }];
}

async function resume(look: Look, file: ResumeFile, part: Part | undefined): Promise<Finding> {
  const about = { area: AREA, what: "resume file" } as const;
  try {
    const { completed_sources: done = [], failed_sources: failed = {} } = (await file.load()) ?? {};
    const broken = Object.entries(failed).map(([name, reason]) => `${name} (${reason})`);
    const [more, shown] = [broken.length - FAILED_SHOWN_MAX, broken.slice(0, FAILED_SHOWN_MAX).join(", ")];
    const run = part === undefined ? "a run" : `a run of part ${partText(part)}`;
    const detail =
      `${run} was interrupted, or had failures: ${plural(done.length, "source")} completed` +
      (broken.length === 0 ? "" : `, ${broken.length} failed: ${shown}${more > 0 ? `, and ${more} more` : ""}`);
    const words = ["--resume", ...(part === undefined ? [] : [`--shard=${partText(part)}`])];
    const remedy = look.call.again(words);
    if (broken.length === 0) return { ...about, state: "note", detail, remedy };
    const hint = "mend that first, or it fails again; then:";
    return { ...about, state: "warning", detail, hint, remedy };
  } catch (error) {
    return problemOf(AREA, "resume file", error, look, { remedy: `rm ${shellWord(file.path)}` });
  }
}
