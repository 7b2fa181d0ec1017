/** The alternative text of an image, unless it is a file name or a single word such as "screenshot". */
export function meaningfulAlternative(text: string): string {
  const alternative = text.replace(/\s+/g, " ").trim();
  const isName = /\.(?:png|jpe?g|gif|svg|webp|avif)$/i.test(alternative);
  const saysSomething = /\p{L}{2}.*[\s_].*\p{L}{2}/u.test(alternative) || /[\u3040-\u9fff]{3}/.test(alternative);
  return saysSomething && !isName ? alternative : "";
}
