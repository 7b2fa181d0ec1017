import { expect, test } from "bun:test";
import fc from "fast-check";
import { BinaryCopy } from "../../src/store/driver/copy-binary.ts";
import { cleanJson, cleanText } from "../../src/store/driver/clean-text.ts";
import { onEveryLane } from "../support/databases.ts";

const RUNS = 25;
const anyText = fc.string({ unit: "binary", maxLength: 200 });
const row = fc.record({
  text: fc.option(anyText),
  texts: fc.array(anyText, { maxLength: 5 }),
  flag: fc.boolean(),
  number: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  json: fc.dictionary(anyText, anyText, { noNullPrototype: true }),
  vector: fc.float32Array({ minLength: 3, maxLength: 3, noNaN: true, noDefaultInfinity: true }),
});

onEveryLane("a binary COPY", (context) => {
  test("brings every value back as it was", async () => {
    await context.query("create extension if not exists vector");
    await context.query(`
      create table copied (n serial, text text, texts text[], flag boolean, number int, json jsonb, vector vector(3))`);
    const columns = ["text", "texts", "flag", "number", "json", "vector"];
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
        const copy = new BinaryCopy();
        for (const { text, texts, flag, number, json, vector } of rows) {
          copy.row(columns.length);
          if (text === null) copy.null();
          else copy.text(text);
          copy.textArray(texts);
          copy.boolean(flag);
          copy.integer(number);
          copy.json(json);
          copy.vector(vector);
        }
        await context.query("truncate copied");
        await context.database.begin((tx) => tx.copyIn("copied", columns, copy.finish()));
        const copied = await context.query(
          "select text, texts, flag, number, json::text as json, vector::text as vector from copied order by n",
        );
        const stored = copied.map(({ json, vector, ...rest }) => ({
          ...rest,
          json: JSON.parse(String(json)),
          vector: Float32Array.from(JSON.parse(String(vector))),
        }));
        expect(stored).toEqual(
          rows.map(({ text, texts, json, vector, ...rest }) => ({
            ...rest,
            text: text === null ? null : cleanText(text),
            texts: texts.map(cleanText),
            json: JSON.parse(cleanJson(json)),
            // PostgreSQL prints the zero of a vector without its sign.
            vector: vector.map((number) => (number === 0 ? 0 : number)),
          })),
        );
      }),
      { numRuns: RUNS },
    );
    await context.query("drop table copied");
  });

  test("of bytes that are no COPY ends the run: it is no document's fault", async () => {
    await context.query("create table copied (text text)");
    const copied = context.database.begin((tx) => tx.copyIn("copied", ["text"], new TextEncoder().encode("no COPY")));
    expect(copied).rejects.toHaveProperty("decision", "fatal");
    await copied.catch(() => {});
    await context.query("drop table copied");
  });
});

test("a row is encoded to the byte as PostgreSQL's documentation says", () => {
  const copy = new BinaryCopy();
  copy.row(2);
  copy.text("ä");
  copy.vector(Float32Array.of(1));
  expect(Buffer.from(copy.finish()).toString("hex")).toBe(
    [
      "5047434f50590aff0d0a00",
      "0000000000000000",
      "0002",
      "00000002c3a4",
      "00000008",
      "00010000",
      "3f800000",
      "ffff",
    ].join(""),
  );
});
