import { basename } from "node:path";
import { childOf, commonFolder, coverOf } from "./cover.ts";
import { below, type FoundFile, liesIn, type Scan } from "./scan.ts";

/** Folders of one kind in a row that are sources of their own; more of them are one. */
const FOLDERS_MAX = 12;
const NAME_CHARACTERS_MAX = 60;
/** Folders that are called by what is in them, not by what it is about. */
const GENERIC = /^(?:docs?|documentation|contents?|src|sources?|pages|files|public|static|website|www)$/i;

/** A source as it could stand in `sources.toml`. */
export type Proposal = {
  readonly name: string;
  readonly parser: string;
  /** Relative to the folder that was scanned. */
  readonly paths: readonly string[];
  readonly files: number;
  /** Those of its parser, where others read what lies beside its files: a run says nothing of files without an ending that is listed. */
  readonly extensions?: readonly string[] | undefined;
  /** What the folder is, where it is one of a kind: "Flare project". */
  readonly noun: string;
};

/** The sources that the files of a folder make, in the order of their folders; `root` gives a name to what lies in it. */
export function proposalsOf({ files, endings }: Pick<Scan, "files" | "endings">, root: string): Proposal[] {
  const wanted = files.filter(({ left }) => left === undefined);
  const ofProjects = Map.groupBy(
    wanted.filter(({ project }) => project !== undefined),
    ({ project, parser }) => `${parser}\n${project?.folder}`,
  );
  const alone = wanted.filter(({ project }) => project === undefined);
  const top = commonFolder(wanted.map(({ folder, project }) => project?.folder ?? folder));
  const groups = [
    ...[...ofProjects.values()].map((own) => ({ files: own, ...projectOf(own) })),
    ...[...Map.groupBy(alone, ({ parser }) => parser).values()]
      .flatMap((own) => byFolder(own, top))
      .map((own) => {
        const [{ parser } = { parser: "" }] = own;
        const folder = commonFolder(own.map((file) => file.folder));
        const isShared = files.some((file) => file.parser !== parser && liesIn(file.folder, folder));
        const extensions = isShared ? endings.get(parser) : undefined;
        return { files: own, noun: "", folder, extensions, paths: pathsOf(own, files) };
      }),
  ];
  const sorted = groups.toSorted((one, other) => (one.folder < other.folder ? -1 : one.folder > other.folder ? 1 : 0));
  const names = new Set<string>();
  return sorted.map(({ files: own, noun, folder, paths, extensions }) => {
    const parser = own[0]?.parser ?? "";
    return { name: uniqueName(folder, parser, root, names), parser, paths, files: own.length, extensions, noun };
  });
}

function projectOf(own: readonly FoundFile[]) {
  const [{ project } = { project: undefined }] = own;
  const { folder = ".", mark } = project ?? {};
  const extensions = undefined;
  const whole = own.map((file) => ({ ...file, folder: below(folder, mark?.folder ?? ".") }));
  return { folder, noun: mark?.noun ?? "", extensions, paths: coverOf(whole, []) };
}

function pathsOf(own: readonly FoundFile[], all: readonly FoundFile[]): string[] {
  const mine = new Set(own);
  return coverOf(
    own,
    all.filter((file) => file.parser === own[0]?.parser && !mine.has(file)),
  );
}

/** Files of one parser, by the folders next below `top`, that of all documents; all of them together where that would be too many. */
function byFolder(files: readonly FoundFile[], top: string): FoundFile[][] {
  const groups = Map.groupBy(files, ({ folder }) => (folder === top ? top : childOf(top, folder)));
  return groups.size > FOLDERS_MAX ? [[...files]] : [...groups.values()];
}

/** A word for a source that nothing else is called by: of its folder, else with its parser, else with a number. */
function uniqueName(folder: string, parser: string, root: string, names: Set<string>): string {
  const segments = [basename(root), ...(folder === "." ? [] : folder.split("/"))].map(word).filter((one) => one !== "");
  // The root's name says what its files are about only where nothing below it does.
  const own = segments.length > 1 ? segments.slice(1) : segments;
  const name = own.findLast((segment) => !GENERIC.test(segment)) ?? own.at(-1) ?? parser;
  const wanted = [name, `${name}-${parser}`];
  let number = 2;
  let free = wanted.find((one) => !names.has(one));
  while (free === undefined) {
    const next = `${name}-${number++}`;
    if (!names.has(next)) free = next;
  }
  names.add(free);
  return free;
}

/** Letters and digits of a name, which can be typed. */
function word(segment: string): string {
  const words = segment.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}._]+/gu, "-");
  return words.replace(/^[-.]+|[-.]+$/g, "").slice(0, NAME_CHARACTERS_MAX);
}
