/** A text in TOML: what JSON writes is a basic string of TOML, but for one character that is to be escaped there. */
export function tomlText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll("\u007f", "\\u007f");
}

export function tomlValue(value: string | number): string {
  return typeof value === "number" ? String(value) : tomlText(value);
}
