import { decodeXml } from "../../../text/entities.ts";
import { decodeText } from "../../decode-text.ts";
import { badList, listEntries, type ListPlace, type PageList } from "../../web/page-list.ts";
import type { NamedList } from "../../web/web-format.ts";

/** Files a table of contents may be cut into. */
const PARTS_MAX = 1_000;
const PARTS = /\bnumchunks["']?\s*:\s*(\d{1,5})\b/;
const PREFIX = /\bprefix["']?\s*:\s*(?:'([^'\\]{1,300})'|"([^"\\]{1,300})")/;
/** What stands for a book without a topic. */
const BOOK = /^_+$/;
/** The folder that Flare has its topics in. */
const TOPICS = /^[/\\]*content[/\\]+/i;
/** Where a help has its tables when it does not say. */
const OLDER_TABLES = ["Data/Toc.xml", "Data/BrowseSequences.xml"];
/** Topics that a program opens by a name. */
const ALIASES = "Data/Alias.xml";

/** Where a help has its topics. */
type Help = {
  /** The folder that holds `Data`. */
  readonly root: string;
  /** The folder of its topics below that, with its slash; "" where they were moved to the root. */
  readonly topics: string;
};

/**
 * What Flare publishes beside its pages for the scripts of its menus. Their first page is a shell without any link, and
 * many a topic has no link but the one in the table of contents. The files are programs by their name; they are read as
 * data, never run. `root` is the folder of the start page.
 */
export function helpSystem(root: string, isMissed: ListPlace["isMissed"] = "fine"): ListPlace {
  return {
    url: new URL("Data/HelpSystem.xml", root).href,
    isMissed,
    // Copies of a help often lack its scripts.
    instead: aliases({ root, topics: "Content/" }, ALIASES),
    read: (bytes) => readHelpSystem(decodeText(bytes), root),
  };
}

function readHelpSystem(text: string, root: string): PageList {
  if (!isWhole(text, "WebHelpSystem")) throw badList("cannot be read as the lists of a help");
  const named = (name: string) => listEntries(attributes(text, name)).filter((value) => value.trim() !== "");
  const is = (name: string) => named(name)[0]?.toLowerCase() === "true";
  const folder = is("MoveOutputContentToRoot") ? "" : "Content/";
  const help = { root, topics: is("MakeFileLowerCase") ? folder.toLowerCase() : folder };
  const tables = [...named("Toc"), ...named("BrowseSequence")].flatMap((place) => absolute(place, root));
  const older = tables.length > 0 ? [] : OLDER_TABLES.flatMap((place) => absolute(place, root));
  // Helps that were merged into this one; what is named is their first page.
  const [, merged = ""] = text.split("<Subsystems", 2);
  const parts = listEntries(attributes(merged.split("</Subsystems>", 1)[0] ?? "", "Source"));
  return {
    // The glossary of an older help is a page, that of a newer one a script.
    pages: topics([...named("DefaultUrl"), ...named("Glossary").filter((place) => /\.html?$/i.test(place))], help),
    lists: [
      ...tables.map((url) => table(help, url, "named")),
      ...older.map((url) => table(help, url, "fine")),
      // The script is for a help that is opened from a disk, where scripts may read no XML.
      { ...aliases(help, named("Alias")[0] ?? ALIASES), instead: aliases(help, "Data/Alias.js") },
      ...parts.flatMap((place) => absolute(place, root)).map((url) => helpSystem(new URL(".", url).href, "named")),
    ],
  };
}

/** The table of contents that a page makes a menu of; `place` begins at the root of the help. */
export function tablesOfMenu(place: string, root: string): NamedList[] {
  return absolute(place, root).map((url) => ({ url, root }));
}

/** Where it is, and who reads it. */
export function tableOfMenu({ url, root }: NamedList): ListPlace {
  return table({ root, topics: "Content/" }, url, "named");
}

/** A help without such topics may do without the file, whatever it says. */
function aliases(help: Help, place: string): ListPlace {
  const [url = new URL(ALIASES, help.root).href] = absolute(place, help.root);
  // In the script of an older help, its quotes are escaped.
  return { url, isMissed: "fine", read: (bytes) => readAliases(decodeText(bytes).replaceAll('\\"', '"'), help) };
}

function readAliases(text: string, help: Help): PageList {
  if (!isWhole(text, "CatapultAliasFile")) throw badList("cannot be read as a list of topics that programs open");
  return { pages: opened(listEntries(attributes(text, "Link")), help), lists: [] };
}

/** A table of contents, in one file or in parts. */
function table(help: Help, url: string, isMissed: ListPlace["isMissed"]): ListPlace {
  return { url, isMissed, read: (bytes) => readTable(decodeText(bytes), help) };
}

function readTable(text: string, help: Help): PageList {
  if (isWhole(text, "CatapultToc")) {
    const parts = listEntries(attributes(text, "Chunk")).map((place) =>
      place.includes("/") ? place : `Data/${place}`,
    );
    return {
      pages: topics(listEntries(attributes(text, "Link")), help),
      lists: parts.flatMap((place) => absolute(place, help.root)).map((url) => table(help, url, "fails")),
    };
  }
  if (!/^\s*define\s*\(/.test(text)) throw badList("cannot be read as a table of contents");
  const parts = PARTS.exec(text)?.[1];
  const [, single, double] = PREFIX.exec(text) ?? [];
  const prefix = single ?? double;
  if (parts === undefined || prefix === undefined) return { pages: topics(listEntries(keys(text)), help), lists: [] };
  if (Number(parts) > PARTS_MAX) throw badList(`a table of contents in more than ${PARTS_MAX} parts`);
  const lists = Array.from({ length: Number(parts) }, (_, part) => table(help, `${prefix}${part}.js`, "fails"));
  return { pages: [], lists };
}

/** Links that begin at the root of the help. */
function topics(links: readonly string[], help: Help): string[][] {
  return links.filter((link) => !BOOK.test(link)).map((link) => places(link, [link, ...inFolder(link, help)], help));
}

/**
 * Links that a program opens begin at the folder of the topics (`LookupID` in Flare's scripts). Some are written by hand or
 * by other programs, from the root of the help; and where the lists of a help are gone, its folder is not known.
 */
function opened(links: readonly string[], help: Help): string[][] {
  return links.map((link) => places(link, [...inFolder(link, help), help.topics + fromRoot(link), link], help));
}

/** A link that names the folder of the topics, with that folder as it is called. */
function inFolder(link: string, help: Help): string[] {
  const [named = ""] = TOPICS.exec(link) ?? [];
  return named === "" ? [] : [help.topics + link.slice(named.length)];
}

/** Where a link may lead; a whole address leads there alone. */
function places(link: string, readings: readonly string[], { root }: Help): string[] {
  if (link.trim() === "") return [];
  const found = (URL.canParse(link) ? [link] : readings).flatMap((reading) => absolute(reading, root));
  return [...new Set(found)];
}

/** The address of a file of the help. A path that begins with a slash, or with two, begins at its root, not at that of the host. */
function absolute(link: string, root: string): string[] {
  const url = URL.parse(fromRoot(link), root);
  if (url === null) return [];
  // Topics are files.
  if (url.origin === new URL(root).origin) url.search = "";
  return [url.href];
}

function fromRoot(link: string): string {
  return link.trim().replace(/^[/\\]+/, "./");
}

/** With the end of its first element, which may be empty: of one that is cut off the other topics are not known. */
function isWhole(text: string, root: string): boolean {
  const start = text.search(new RegExp(`<${root}[\\s/>]`));
  return (
    start >= 0 && (text.includes(`</${root}>`) || (text.indexOf("<", start + 1) < 0 && text.includes("/>", start)))
  );
}

function* attributes(text: string, name: string): Generator<string> {
  for (const [, double, single] of text.matchAll(new RegExp(`\\s${name}=(?:"([^"<]*)"|'([^'<]*)')`, "g")))
    yield decodeXml(double ?? single ?? "");
}

/** The keys of the object that a script hands over, in the order of the text. */
function* keys(text: string): Generator<string> {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{") depth++;
    else if (character === "}") depth--;
    if (character !== "'" && character !== '"') continue;
    const end = endOfString(text, at);
    if (depth === 1 && /^\s*:/.test(text.slice(end + 1, end + 10))) yield unescaped(text.slice(at + 1, end));
    at = end;
  }
  if (depth !== 0) throw badList("a table of contents that is cut off");
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === text[start]) return at;
  }
  throw badList("a table of contents that is cut off");
}

function unescaped(text: string): string {
  return text.replace(/\\(?:u([\da-f]{4})|x([\da-f]{2})|(.))/gis, (_, unicode, hex, other) =>
    other === undefined ? String.fromCharCode(Number.parseInt(unicode ?? hex, 16)) : other,
  );
}
