// A server or a proxy may echo the header that we made, or that was made of a URL's user and password. Not "basic
// authentication" in prose: a token is no word.
const AUTHORIZATION =
  /\b([Bb]asic|BASIC|[Bb]earer|BEARER|[Dd]igest|[Nn]egotiate) +(?=[\w+/=.~-]*(?:[\d+/=._~-]|[a-z][A-Z]))[\w+/=.~-]{8,}/g;
// Begins at the colon, of which a long word has none: a scheme's letters before it would be tried from each of them.
const USER_INFO = /(?<=[a-z0-9+.-]):\/\/[^\s/?#"']*@/gi;

/** A secret that may be a word of any message, such as `key` or `1234`. */
const WORD = /^(?:\p{L}\p{Ll}*|\p{Lu}+|\d+)$/u;
const WORD_LENGTH_MAX = 15;
/** A text holds one of so many characters by accident, but not a longer one. */
const SHORT_LENGTH_MAX = 3;
/** Where a message names a key even if it is a word. */
const BEFORE_KEY = String.raw`(?:key|token|password|credentials?|provided|authorization)["'\x60]?\s?[:=]\s?["'\x60]?|\b(?:bearer|basic)\s`;

/** Replaces `user:password@` of every URL in a text, and what an `Authorization` header says. */
export function maskCredentials(text: string): string {
  return text.replace(AUTHORIZATION, "$1 ***").replace(USER_INFO, "://***@");
}

/**
 * Replaces each of `secrets` where it stands for itself. One that is a word, or very short, would be found in the words of
 * any message: it is replaced only after what announces a key.
 */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => {
    if (secret === "" || !masked.includes(secret)) return masked;
    const whole = `${RegExp.escape(secret)}(?![\\p{L}\\p{N}])`;
    const common = secret.length <= SHORT_LENGTH_MAX || (WORD.test(secret) && secret.length <= WORD_LENGTH_MAX);
    if (common) return masked.replace(new RegExp(`(${BEFORE_KEY})${whole}`, "giu"), "$1***");
    return masked.replaceAll(secret, "***");
  }, text);
}
