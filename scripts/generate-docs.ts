// Writes the tables of README.md that are made from the code, each between its two marks. `npm run docs`
import { join } from "node:path";
import { z } from "zod";
import { type Command, WORKING } from "../src/config/commands.ts";
import { FLAGS } from "../src/config/flag-table.ts";
import { aboutSetting, SETTING_KEYS, settingDefault, valueText } from "../src/config/setting-table.ts";
import { aboutKey, keysOfSources, sourceSchema } from "../src/config/source-schema.ts";
import { RUN_ERRORS } from "../src/flow/error-codes.ts";
import { parsers } from "../src/parsers/registry.ts";
import { doctorLines, evalLines, jsonEvents } from "./json-events.ts";

export const README = join(import.meta.dir, "..", "README.md");

const TABLES: Readonly<Record<string, () => string>> = {
  flags: () =>
    table(
      ["flag", "of", "meaning"],
      FLAGS.map(({ name, alias, value, commands, help }) => [
        [
          `\`${name}${value === undefined ? "" : ` ${value}`}\``,
          ...(alias === undefined ? [] : [`\`-${alias}\``]),
        ].join(", "),
        ownersText(commands),
        help,
      ]),
    ),
  settings: () =>
    table(
      ["setting", "default", "meaning"],
      SETTING_KEYS.map((key) => [`\`${key}\``, valueText(settingDefault(key)), aboutSetting(key).help]),
    ),
  "source keys": () =>
    table(
      ["key", "default", "meaning"],
      Object.entries(keysOfSources(parsers)).map(([key, schema]) => [
        `\`${key}\``,
        defaultOf(key, schema),
        aboutKey(schema).help + (Object.hasOwn(sourceSchema.shape, key) ? "" : ` (${ownersOf(key).join(", ")})`),
      ]),
    ),
  parsers: () =>
    table(
      ["parser", "reads", "a document is"],
      parsers.map(({ name, summary, document }) => [`\`${name}\``, summary, document]),
    ),
  "eval lines": () => linesTable(evalLines),
  "doctor lines": () => linesTable(doctorLines),
  events: () => {
    const said = new Set<string>();
    return table(
      ["type", "when", "fields"],
      jsonEvents.map((schema) => [
        `\`${schema.shape.type.value}\``,
        schema.description ?? "",
        Object.entries(schema.shape)
          .filter(([field]) => field !== "type" && field !== "at")
          .map((field) => fieldText(field, said))
          .join(", "),
      ]),
    );
  },
  "error codes": () =>
    table(
      ["code", "meaning"],
      Object.entries(RUN_ERRORS).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
};

/** The text with each table as the code has it now. Throws when a table has no place in it. */
export function withTables(text: string): string {
  return Object.entries(TABLES).reduce((whole, [name, make]) => {
    const [start, end] = [`<!-- generated: ${name} -->`, "<!-- end -->"];
    const from = whole.indexOf(start);
    const to = whole.indexOf(end, from);
    if (from < 0 || to < 0) throw new RangeError(`there is no ${start} ... ${end}`);
    return `${whole.slice(0, from)}${start}\n\n${make()}\n\n${whole.slice(to)}`;
  }, text);
}

type LineSchema = {
  readonly description?: string | undefined;
  readonly shape: z.core.$ZodLooseShape;
};

function linesTable(lines: readonly LineSchema[]): string {
  const said = new Set<string>();
  return table(
    ["type", "what", "fields"],
    lines.map(({ shape, description = "" }) => [
      `\`${shape.type.value}\``,
      description,
      Object.entries(shape)
        .filter(([field]) => field !== "type")
        .map((field) => fieldText(field, said))
        .join(", "),
    ]),
  );
}

/** As `bun fmt` writes it: every column as wide as its widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => Bun.stringWidth(row[column] ?? ""))));
  const lines = cells.map(
    (row) => `| ${widths.map((width, column) => padded(row[column] ?? "", width)).join(" | ")} |`,
  );
  lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`);
  return lines.join("\n");
}

/** Of most commands it is shorter to name the others. */
function ownersText(commands: readonly Command[]): string {
  const others = WORKING.filter((command) => !commands.includes(command));
  const names = (list: readonly Command[]) => list.map((command) => `\`${command}\``).join(" ");
  if (others.length === 0) return "all";
  return others.length < 3 && others.length < commands.length ? `all but ${names(others)}` : names(commands);
}

function padded(text: string, width: number): string {
  return text + " ".repeat(width - Bun.stringWidth(text));
}

function ownersOf(key: string): string[] {
  return parsers.filter(({ sourceKeys }) => Object.hasOwn(sourceKeys, key)).map(({ name }) => `\`${name}\``);
}

/** What counts when the key is not there; parsers may differ about theirs. */
function defaultOf(key: string, schema: z.core.$ZodType): string {
  const own = parsers.flatMap(({ name, sourceKeys: { [key]: known } }) =>
    known === undefined ? [] : [{ name, value: z.safeParse(known, undefined).data }],
  );
  const values = new Set(own.map(({ value }) => value));
  if (values.size < 2) return valueText(z.safeParse(schema, undefined).data);
  return [...values]
    .map((value) => {
      const names = own.filter((one) => one.value === value).map(({ name }) => `\`${name}\``);
      return `${valueText(value)} (${names.join(", ")})`;
    })
    .join(", ");
}

/** A field of an event, and what it is unless that was `said` before. */
function fieldText([field, schema]: readonly [string, z.core.$ZodType], said: Set<string>): string {
  const { description } = z.globalRegistry.get(schema) ?? {};
  const options = schema instanceof z.ZodEnum ? schema.options.map((option) => `\`${option}\``).join(", ") : undefined;
  const about = description ?? options;
  const isNew = about !== undefined && !said.has(`${field} ${about}`);
  said.add(`${field} ${about}`);
  return `\`${field}\`${isNew ? ` (${about})` : ""}`;
}

if (import.meta.main) {
  const before = await Bun.file(README).text();
  await Bun.write(README, withTables(before));
}
