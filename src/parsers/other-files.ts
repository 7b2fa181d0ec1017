import { plural } from "../text/words.ts";

/** Pictures, sound, film, fonts, styles, archives, and what compilers make: nobody looks for text there. */
const SILENT = [
  "png jpg jpeg gif svg webp avif ico bmp tif tiff eps psd ai drawio mp3 wav ogg mp4 m4v webm mov avi",
  "woff woff2 ttf otf eot css scss sass less map zip gz tgz bz2 xz 7z rar jar war class exe dll so dylib o lock db",
].flatMap((endings) => endings.split(" ").map((ending) => `.${ending}`));
const ENDINGS_NAMED_MAX = 10;
const ENDING_CHARACTERS_MAX = 20;
const NO_ENDING = "no ending";

/** The files of a source that are not read for their endings, counted. */
export class OtherFiles {
  /** Undefined when nothing is worth a word. */
  readonly #silent: ReadonlySet<string> | undefined;
  /** Endings by real path. */
  readonly #endings = new Map<string, string>();

  /** `silent`: more endings that need no word. */
  constructor(silent: "all" | readonly string[] = []) {
    this.#silent = silent === "all" ? undefined : new Set([...SILENT, ...silent]);
  }

  add(name: string, realPath: string): void {
    const ending = /(?<=.)\.[^.\s]+$/.exec(name)?.[0].toLowerCase() ?? "";
    if (this.#silent?.has(ending) ?? true) return;
    this.#endings.set(realPath, ending === "" || ending.length > ENDING_CHARACTERS_MAX ? NO_ENDING : ending);
  }

  /** One line, the same in every run; "" when there is nothing to say. Not of the files `shown`, which others hold. */
  remark(shown: Iterable<string>): string {
    for (const realPath of shown) this.#endings.delete(realPath);
    const counts = new Map<string, number>();
    for (const ending of this.#endings.values()) counts.set(ending, (counts.get(ending) ?? 0) + 1);
    const sorted = [...counts].toSorted(([one, few], [other, many]) => many - few || (one < other ? -1 : 1));
    const files = sorted.reduce((sum, [, count]) => sum + count, 0);
    if (files === 0) return "";
    const named = sorted.slice(0, ENDINGS_NAMED_MAX).map(([ending, count]) => `${ending} ${count}`);
    const more = sorted.length - named.length;
    const endings = [...named, ...(more > 0 ? [`and ${plural(more, "other ending")}`] : [])].join(", ");
    const are = files === 1 ? "is no document because of its ending" : "are no documents because of their endings";
    const remedy = "extensions in the source's entry says which endings are read";
    const nameThem = counts.has(NO_ENDING) ? ", and paths names files that have none" : "";
    return `${plural(files, "file")} ${are}: ${endings}; ${remedy}${nameThem}`;
  }
}
