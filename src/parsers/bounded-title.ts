/** Beyond this a title is a text: it would be longer than the chunk it stands above. */
const TITLE_CHARACTERS_MAX = 300;

/** A title on one line; one that is far too long ends in an ellipsis. */
export function boundedTitle(title: string): string {
  if (title.length <= TITLE_CHARACTERS_MAX) return title;
  return `${title.slice(0, TITLE_CHARACTERS_MAX - 1).toWellFormed()}…`;
}
