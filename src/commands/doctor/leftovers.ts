import { join } from "node:path";
import type { LoadedSettings } from "../../config/settings.ts";
import { FailureLog } from "../../ingest/failure-log.ts";
import { ResumeFile } from "../../ingest/resume-file.ts";
import { shellWord } from "../../text/shell-word.ts";
import { plural } from "../../text/words.ts";
import { RESUME_FILE } from "../plan-run.ts";
import { type Finding, type Look, problemOf } from "./finding.ts";

const AREA = "leftovers";

/** What earlier runs left in files: failures that wait to be retried, and how far an interrupted run had come. */
export async function checkLeftovers(look: Look, { settings }: LoadedSettings): Promise<Finding[]> {
  return [...(await failures(look, settings.failureLogPath)), await resume(look, settings.stateDirectory)];
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
      const remedy = `mv ${shellWord(path)} ${shellWord(`${path}.old`)}`;
      findings.push({ ...about, state: "warning", detail, hint: "take them out, or move the file away:", remedy });
    }
    return findings.length > 0 ? findings : [{ ...about, state: "ok", detail: "nothing waits to be retried" }];
  } catch (error) {
    const remedy = { remedy: `mv ${shellWord(path)} ${shellWord(`${path}.old`)}` };
    return [problemOf(AREA, "failure log", error, look, remedy)];
  }
}

async function resume(look: Look, directory: string): Promise<Finding> {
  const about = { area: AREA, what: "resume file" } as const;
  const file = new ResumeFile(join(directory, RESUME_FILE));
  try {
    const state = await file.load();
    if (state === undefined) return { ...about, state: "ok", detail: "no run was interrupted" };
    const { completed_sources: done, failed_sources: failed } = state;
    const broken = Object.keys(failed).length;
    const detail =
      `a run was interrupted, or had failures: ${plural(done.length, "source")} completed` +
      (broken === 0 ? "" : `, ${broken} failed`);
    return { ...about, state: "note", detail, remedy: look.call.again(["--resume"]) };
  } catch (error) {
    return problemOf(AREA, "resume file", error, look, { remedy: `rm ${shellWord(file.path)}` });
  }
}
