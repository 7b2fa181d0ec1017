import { count, plural } from "../../text/words.ts";
import type { Scan } from "./scan.ts";

const ENDINGS_NAMED_MAX = 8;
const PATHS_NAMED_MAX = 3;

/** What of a folder is no part of any source, a line each; none when there is nothing to say. */
export function leftOver({ files, unread, unreadable, links, looked, isCut }: Scan): string[] {
  const left = Map.groupBy(
    files.filter((file) => file.left !== undefined),
    (file) => file.left ?? "",
  );
  const all = [...unread.values()].reduce((sum, number) => sum + number, 0);
  return [
    ...(isCut ? [`only the first ${plural(looked, "file")} looked at: there are more`] : []),
    ...[...left].map(([why, { length }]) => `${plural(length, "file")} ${why}, and left out`),
    ...(all === 0 ? [] : [`${plural(all, "file")} no parser reads: ${endings(unread)}`]),
    ...(unreadable.length === 0 ? [] : [cannotBeRead(unreadable)]),
    ...(links.length === 0 ? [] : [`${plural(links.length, "link")} not followed: ${some(links)}`]),
  ];
}

/** `.png 200, .css 80, and 4 other endings` */
function endings(unread: ReadonlyMap<string, number>): string {
  const sorted = [...unread].toSorted(([one, few], [other, many]) => many - few || (one < other ? -1 : 1));
  const named = sorted
    .slice(0, ENDINGS_NAMED_MAX)
    .map(([ending, files]) => `${ending === "" ? "no ending" : ending} ${count(files)}`);
  const more = sorted.length - named.length;
  return [...named, ...(more > 0 ? [`and ${plural(more, "other ending")}`] : [])].join(", ");
}

function cannotBeRead(unreadable: Scan["unreadable"]): string {
  const named = some(unreadable.map(({ path, reason }) => `${path} (${reason})`));
  return `${plural(unreadable.length, "folder")} cannot be read: ${named}`;
}

function some(names: readonly string[]): string {
  const more = names.length - PATHS_NAMED_MAX;
  return [...names.slice(0, PATHS_NAMED_MAX), ...(more > 0 ? [`and ${count(more)} more`] : [])].join(", ");
}
