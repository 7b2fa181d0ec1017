// A server or a proxy may echo the header that we made, or that was made of a URL's user and password. Not "basic
// authentication" in prose: a token is no word.
const AUTHORIZATION =
  /\b([Bb]asic|BASIC|[Bb]earer|BEARER|[Dd]igest|[Nn]egotiate) +(?=[\w+/=.~-]*(?:[\d+/=._~-]|[a-z][A-Z]))[\w+/=.~-]{8,}/g;

/** Replaces `user:password@` of every URL in a text, and what an `Authorization` header says. */
export function maskCredentials(text: string): string {
  return text.replace(AUTHORIZATION, "$1 ***").replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"']*@/gi, "$1***@");
}
