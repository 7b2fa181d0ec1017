import { decodeXml } from "../../../text/entities.ts";
import { decodeText } from "../../decode-text.ts";
import { badList, listEntries, type ListPlace, type PageList } from "../../web/page-list.ts";

/** Files a table of contents may be cut into. */
const PARTS_MAX = 1_000;
const PARTS = /\bnumchunks["']?\s*:\s*(\d{1,5})\b/;
const PREFIX = /\bprefix["']?\s*:\s*(?:'([^'\\]{1,300})'|"([^"\\]{1,300})")/;
/** Topics that a program opens by a name; a help without such may do without the file, whatever it says. */
const ALIASES = "Data/Alias.xml";

/**
 * What Flare publishes beside its pages for the scripts of its menus. Their first page is a shell without any link, and
 * many a topic has no link but the one in the table of contents. The files are programs by their name; they are read as
 * data, never run. `root` is the folder of the start page.
 */
export function helpSystem(root: string): ListPlace[] {
  return ["Data/HelpSystem.xml", ALIASES].map((place) => ({
    url: new URL(place, root).href,
    // Copies of a help often lack its scripts.
    mayMiss: true,
    read: (bytes) => readList(decodeText(bytes), root),
  }));
}

function readList(text: string, root: string): PageList {
  if (/<WebHelpSystem[\s>]/.test(text)) return readHelpSystem(text, root);
  if (/<Catapult(?:AliasFile|Toc)[\s>]/.test(text)) return { pages: places(attributes(text, "Link"), root), lists: [] };
  if (/^\s*define\s*\(/.test(text)) return readScript(text, root);
  throw badList("cannot be read as a table of contents");
}

function readHelpSystem(text: string, root: string): PageList {
  return { pages: places(attributes(text, "DefaultUrl"), root), lists: places(attributes(text, "Toc"), root) };
}

/** Links begin at the folder of the help system. What is no topic, such as a book of the table, is sorted out by its address. */
function places(links: Iterable<string>, root: string): string[] {
  return listEntries(links).flatMap((link) => URL.parse(link.replace(/^\/+/, "./"), root)?.href ?? []);
}

/** The table itself, which names its parts, or a part: an object whose keys are the topics. */
function readScript(text: string, root: string): PageList {
  const parts = PARTS.exec(text)?.[1];
  const [, single, double] = PREFIX.exec(text) ?? [];
  const prefix = single ?? double;
  if (parts === undefined || prefix === undefined) return { pages: places(keys(text), root), lists: [] };
  if (Number(parts) > PARTS_MAX) throw badList(`a table of contents in more than ${PARTS_MAX} parts`);
  const lists = Array.from({ length: Number(parts) }, (_, part) => `${prefix}${part}.js`);
  return { pages: [], lists };
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
