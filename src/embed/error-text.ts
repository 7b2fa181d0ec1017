import { maskCredentials } from "../text/mask-credentials.ts";
import { parseJson } from "../text/parse-json.ts";
import { stripped } from "../text/printable.ts";

/** What an embedding server said about a failure. */
export type ServerError = {
  /** One line, printable, without credentials, of at most `ERROR_TEXT_LENGTH_MAX` characters; "" when it said nothing. */
  readonly text: string;
  /** The server's own words for the kind of error, e.g. `insufficient_quota exceed_context_size_error`; "" when there are none. */
  readonly kind: string;
};

const ERROR_TEXT_LENGTH_MAX = 300;
const TITLE = /<title>([^<]*)/i;

/**
 * Reads an error body of any server: `{"error":"..."}` (Ollama), `{"error":{"message":"..."}}` (OpenAI, llama.cpp),
 * `{"message":"..."}` (TEI, vLLM), `{"detail":...}` (FastAPI), a page of a proxy, or plain text.
 */
export function readServerError(body: string, secrets: readonly string[] = []): ServerError {
  const start = body.trimStart();
  if (start.startsWith("<")) {
    const title = TITLE.exec(start)?.[1]?.trim();
    return { text: quoted(title ? `an HTML page: ${title}` : "an HTML page", secrets), kind: "" };
  }
  const parsed = parseJson(body);
  if (parsed === undefined) return { text: quoted(body, secrets), kind: "" };
  return { text: quoted(messageIn(parsed), secrets), kind: kindsIn(parsed) };
}

/** What a server said, as messages quote it: one bounded line without credentials. */
export function quoted(text: string, secrets: readonly string[] = []): string {
  let clean = stripped(text);
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "***");
  clean = maskCredentials(clean);
  return clean.length > ERROR_TEXT_LENGTH_MAX
    ? `${clean.slice(0, ERROR_TEXT_LENGTH_MAX - 1).toWellFormed()}…`
    : clean.toWellFormed();
}

/** What a URL would give away: its password, raw and encoded, and the header that is made of it. */
export function credentialsIn(url: string): string[] {
  const { username = "", password = "" } = URL.parse(url) ?? {};
  if (password === "") return [];
  try {
    const [user, raw] = [decodeURIComponent(username), decodeURIComponent(password)];
    return [Buffer.from(`${user}:${raw}`).toString("base64"), raw, password];
  } catch {
    return [password];
  }
}

/** The first message found under the names servers use; the value itself when it is text. */
function messageIn(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return messageIn(value[0]);
  if (!isRecord(value)) return "";
  for (const key of ["error", "message", "detail", "msg"]) {
    const message = messageIn(value[key]);
    if (message !== "") return message;
  }
  return "";
}

function kindsIn(value: unknown): string {
  if (!isRecord(value)) return "";
  const own = ["type", "code", "error_type"].map((key) => value[key]).filter((kind) => typeof kind === "string");
  return [...own, kindsIn(value.error)].filter((kind) => kind !== "").join(" ");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
