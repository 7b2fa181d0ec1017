import { headingOf, isItem, openFence } from "../../text/markdown.ts";

const set = (words: string): ReadonlySet<string> => new Set(words.split(" "));

/** What a reader sees, and takes for a heading of what follows. */
const LABELS = set("label title header heading headline summary description subtitle caption question term");
/** What a reader sees. */
const TEXTS = set(
  "text desc content answer message note tip hint tooltip definition body intro tagline quote children details detail explanation paragraph sentence reason step excerpt lead overview",
);
/** A label of something; alone it may be that of an icon, or a key. */
const NAMES = set("label name");
/** Each of several, where a single word may be all there is to read. */
const LISTS = set(
  "items item list steps features rows row cells columns column cols headers headings options tabs bullets points pros cons dos donts reasons questions answers faq faqs cards links entries sections labels titles names texts notes tips terms descriptions requirements benefits parameters params fields data",
);
const CODES = set("code snippet command cmd commands sql");
/** One of a few words, however it is written. */
const ENUMS = set(
  "type kind variant size mode status position align layout level state severity category tag tags lang language",
);
/** Never for readers, whatever their words look like. */
const HIDDEN = set(
  "id ids key keys ref class classes classname classnames cls style styles sx css tw theme font transition animation transform filter margin padding grid border shadow href url urls uri src srcset link to path paths file files filename filenames dir folder folders location locations icon icons color colors colour viewbox d sizes media allow sandbox rel keywords placeholder selector regex pattern groupid querystring analytics tracking locale timezone",
);
/** `onClick`, `aria-label`, `data-title`, `defaultTags`. */
const SETTING = /^(?:on|aria|default|initial|hide|show|is|has|enable|disable|with)[A-Z]|^(?:aria|data)-/;

/** What a picture is called in a set of them, and a click in what counts clicks. */
const CALLED = /(?:icon|tracking|analytics|gtm)[-_]?(?:name|label)$|(?:image|img)[-_]?name$/i;

export type AttributeKind = "label" | "text" | "list" | "code" | "hidden" | "enum" | "other";

/** What an attribute is for, by the last word of its name: `doText` is a text, `menuClassName` a class. */
export function attributeKind(name: string): AttributeKind {
  const words = name.split(/(?<=[a-z\d])(?=[A-Z])|[-_.:]/).map((word) => word.toLowerCase());
  const last = words.at(-1) ?? "";
  if (SETTING.test(name) || CALLED.test(name) || HIDDEN.has(last) || HIDDEN.has(words.slice(-2).join("")))
    return "hidden";
  if (LABELS.has(last) || NAMES.has(last)) return "label";
  if (TEXTS.has(last)) return "text";
  if (LISTS.has(last)) return "list";
  if (CODES.has(last)) return "code";
  return ENUMS.has(last) ? "enum" : "other";
}

/** Whether it says what something is called, and nothing where there is nothing to call so. */
export function isName(name: string): boolean {
  return NAMES.has(name);
}

const MACHINE = [
  // Addresses and paths.
  /^(?:[a-z][\w+.-]*:\/\/|mailto:|tel:|data:|#|@[\w-]+\/|~?\.{0,2}\/)\S*$/i,
  /^\S+\/\S*\.\w{1,5}$|^\S+\.(?:png|jpe?g|gif|svg|webp|avif|ico|mp4|webm|mov|mp3|pdf|zip|css|js|jsx|tsx?|mdx?|html?|json|ya?ml)$/i,
  // Numbers, sizes, colours.
  /^[\d\s.,:;%+*/()-]*(?:px|r?em|vh|vw|fr|deg|m?s|%)?$/i,
  /^(?:rgba?|hsla?|var|calc|url)\(/i,
  /^(?:true|false|null|undefined|none|auto)$/i,
];

/** Whether a value is for machines: an address, a number, a colour. */
export function isMachine(value: string): boolean {
  return !/[\p{L}\p{N}]/u.test(value) || MACHINE.some((pattern) => pattern.test(value.trim()));
}

const PROSE_WORD = /^\p{P}*\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}+)?\p{P}*$/u;
/** Scripts in which nobody writes ids. */
const OTHER_SCRIPT = /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}\p{Script=Greek}]/u;
const PROSE_CHARACTERS_MAX = 2_000;

/** Whether a value reads like something a person wrote for another: words with spaces between them. */
export function isProse(value: string): boolean {
  const beginning = value.slice(0, PROSE_CHARACTERS_MAX);
  // `string[]`, `one | other`.
  if (isMachine(beginning) || /\[\]|\s\|\s/.test(beginning)) return false;
  if (OTHER_SCRIPT.test(beginning)) return true;
  const words = beginning.trim().split(/\s+/);
  const plain = words.filter((word) => PROSE_WORD.test(word));
  return plain.length >= 2 && plain.length * 2 > words.length;
}

/** Whether a value is for readers whatever it is called. */
export function isSentence(value: string): boolean {
  return /^\p{Lu}[^\s]*\s+\S+\s.*[.!?]$/u.test(value.trim()) && isProse(value);
}

const CODE_LINE = /[;{}[\]<>=]\s*$|^\s*(?:[<{}[\]$/]|\/\/)|-->|=>|\w\(/;
/** Which prose may be, too. */
const INDENTED_OR_LISTED = /^\s{2,}\S|[(),]\s*$/;

/** Whether text of several lines is a program, data or a diagram, and no Markdown. */
export function isCodeLike(value: string): boolean {
  const lines = value.split("\n").filter((line) => line.trim() !== "");
  if (lines.some((line) => openFence(line) !== undefined || isItem(line) || headingOf(line) !== undefined))
    return false;
  const code = lines.filter((line) => CODE_LINE.test(line) || (INDENTED_OR_LISTED.test(line) && !isProse(line)));
  return lines.length > 1 && code.length * 2 >= lines.length;
}
