import { maskCredentials, maskSecrets } from "../text/mask-credentials.ts";
import { parseJson } from "../text/parse-json.ts";
import { stripped } from "../text/printable.ts";

/** What an embedding server said about a failure. */
type ServerError = {
  /** One line, printable, without credentials, of at most `ERROR_TEXT_LENGTH_MAX` characters; "" when it said nothing. */
  readonly text: string;
  /** The server's own words for the kind of error, e.g. `insufficient_quota exceed_context_size_error`; "" when there are none. */
  readonly kind: string;
  /** The HTTP status that the body names, for servers that answer 200 all the same. */
  readonly status?: number;
};

const ERROR_TEXT_LENGTH_MAX = 300;
/** Of what a server said only so much is looked at: a server may send megabytes, and patterns take their time. */
const SEARCHED_LENGTH_MAX = 2_000;
/** Errors nest a few levels deep; what is deeper is no error of a server. */
const DEPTH_MAX = 8;
const TITLE = /<title>([^<]*)/i;
/** Names under which servers put what they have to say, those first that say most. */
const MESSAGE_KEYS = [
  ...["error", "message", "detail", "details", "msg", "errors", "error_message", "errorMessage", "error_description"],
  ...["description", "reason", "title", "faultstring", "fault", "status_msg", "base_resp", "exception"],
];
const KIND_KEYS = ["type", "code", "error_type", "error_code", "status", "reason"];
const WRAPPER_KEYS = ["error", "errors", "detail", "message", "fault", "details"];

/**
 * Reads an error body of any server: `{"error":"..."}` (Ollama), `{"error":{"message":"..."}}` (OpenAI, llama.cpp),
 * `{"message":"..."}` (TEI, vLLM), `{"detail":...}` (FastAPI), `[{"error":...}]` (Google), a page of a proxy, or plain text.
 */
export function readServerError(body: string, secrets: readonly string[] = []): ServerError {
  const start = body.trimStart();
  if (start.startsWith("<")) return { text: quoted(pageText(start), secrets), kind: "" };
  const parsed = parseJson(body);
  if (parsed === undefined) return { text: quoted(start, secrets), kind: "" };
  const message = messageIn(parsed);
  // Words under a name we do not know are better than none.
  const text = message === "" && hasLeaf(parsed) ? start : message;
  const status = statusIn(parsed);
  const kind = kindsIn(parsed).join(" ").slice(0, SEARCHED_LENGTH_MAX);
  return { text: quoted(text, secrets), kind, ...(status === undefined ? {} : { status }) };
}

/** The server's words in an answer that should have held vectors; "" when it has none. */
export function errorIn(answer: unknown): string {
  if (!isRecord(Array.isArray(answer) ? answer[0] : answer)) return "";
  return messageIn(answer);
}

/** What a server said, as messages quote it: one bounded line without credentials. */
export function quoted(text: string, secrets: readonly string[] = []): string {
  const clean = maskCredentials(maskSecrets(stripped(text).slice(0, SEARCHED_LENGTH_MAX), secrets));
  return clean.length > ERROR_TEXT_LENGTH_MAX
    ? `${clean.slice(0, ERROR_TEXT_LENGTH_MAX - 1).toWellFormed()}…`
    : clean.toWellFormed();
}

/** What a page says of itself: its title, or its first words. */
function pageText(page: string): string {
  const title = TITLE.exec(page)?.[1]?.trim();
  const words =
    title ||
    page
      .slice(0, SEARCHED_LENGTH_MAX)
      .replace(/<[^<>]*>/g, " ")
      .trim();
  return words === "" ? "an HTML page" : `an HTML page: ${words}`;
}

/** The first message found under the names servers use; the value itself when it is text. */
function messageIn(value: unknown, depth = 0): string {
  if (typeof value === "string") return value;
  if (depth === DEPTH_MAX) return "";
  if (Array.isArray(value)) return value.length === 0 ? "" : messageIn(value[0], depth + 1);
  if (!isRecord(value)) return "";
  for (const key of MESSAGE_KEYS) {
    const message = messageIn(value[key], depth + 1);
    if (message !== "") return `${placeOf(value)}${message}`;
  }
  return "";
}

/** FastAPI says which field of a request it does not like beside the message. */
function placeOf({ loc }: Record<string, unknown>): string {
  const fields = Array.isArray(loc) ? loc.filter((part) => part !== "body").join(".") : "";
  return fields === "" ? "" : `${fields}: `;
}

function kindsIn(value: unknown, depth = 0): string[] {
  if (depth === DEPTH_MAX) return [];
  if (Array.isArray(value)) return kindsIn(value[0], depth + 1);
  if (!isRecord(value)) return [];
  const own = KIND_KEYS.map((key) => value[key]).filter((kind) => typeof kind === "string" && kind !== "");
  return [...own.map(String), ...WRAPPER_KEYS.flatMap((key) => kindsIn(value[key], depth + 1))];
}

function statusIn(value: unknown, depth = 0): number | undefined {
  if (depth === DEPTH_MAX) return undefined;
  if (Array.isArray(value)) return statusIn(value[0], depth + 1);
  if (!isRecord(value)) return undefined;
  for (const key of ["status", "code", "status_code", "statusCode"]) {
    const status = Number(value[key]);
    if (Number.isInteger(status) && status >= 400 && status < 600) return status;
  }
  return statusIn(value.error, depth + 1);
}

/** Whether a value holds anything to show. */
function hasLeaf(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return value !== "" && value !== null && value !== undefined;
  return depth < DEPTH_MAX && Object.values(value).some((inner) => hasLeaf(inner, depth + 1));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
