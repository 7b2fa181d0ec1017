import { styleText } from "node:util";
import { passwordParts, withoutPassword } from "../config/problems.ts";
import { answer, type Prompts } from "./prompts.ts";

const MASK = "*";
const CURSOR = "\u2588";

type UrlAsked = {
  readonly message: string;
  readonly placeholder: string;
  /** What stands there to be changed. */
  readonly initialValue: string;
  /** What is wrong with it. */
  readonly validate: (url: string) => string | undefined;
};

/** Asks for a URL as clack asks for a text, with its password masked from its first character on. */
export async function askUrl(
  { S_BAR, S_BAR_END, symbol }: Prompts,
  { message, placeholder, initialValue, validate }: UrlAsked,
): Promise<string> {
  const { TextPrompt } = await import("@clack/core");
  const prompt = new TextPrompt({
    ...{ placeholder, initialValue },
    validate: (given = "") => validate(given.trim()),
    render() {
      const { state } = this;
      const head = `${styleText("gray", S_BAR)}\n${symbol(state)}  ${message}\n`;
      if (state === "submit")
        return `${head}${styleText("gray", S_BAR)}  ${styleText("dim", masked(this.value ?? ""))}`;
      if (state === "cancel")
        return `${head}${styleText("gray", S_BAR)}  ${styleText(["strikethrough", "dim"], masked(this.userInput))}`;
      const isWrong = state === "error";
      const colour = isWrong ? "yellow" : "cyan";
      const line = this.userInput === "" ? hint(placeholder) : withCursor(typed(this.userInput), this.cursor);
      const end = `${styleText(colour, S_BAR_END)}${isWrong ? `  ${styleText("yellow", this.error)}` : ""}`;
      return `${head}${styleText(colour, S_BAR)}  ${line}\n${end}\n`;
    },
  });
  return answer((await prompt.prompt()) ?? "").trim();
}

function masked(url: string): string {
  return withoutPassword(url.trim());
}

/** What is typed, as long as it is. What follows `user:` may become a password, unless it is the port of a host. */
function typed(url: string): string {
  const isWhole = url.includes("@") || /^[^:]*:\/\/[^:/?]*(?::\d+)?[/?]/.test(url);
  const parts = passwordParts(isWhole ? url : `${url}@`);
  const text = parts.map((part) => (part.isPassword ? MASK.repeat(part.text.length) : part.text)).join("");
  return text.slice(0, url.length);
}

function withCursor(text: string, at: number): string {
  if (at >= text.length) return `${text}${CURSOR}`;
  return `${text.slice(0, at)}${styleText("inverse", text.slice(at, at + 1))}${text.slice(at + 1)}`;
}

function hint(placeholder: string): string {
  return `${styleText("inverse", placeholder.slice(0, 1))}${styleText("dim", placeholder.slice(1))}`;
}
