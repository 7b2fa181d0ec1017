import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { chunkDocument } from "../../src/chunk/chunk-document.ts";

/** The code of each chunk of a program, without its fence. */
function codeOf(code: string, { chunkSize = 120, language = "bbj" } = {}): string[] {
  const document = {
    ...{
      sourceUrl: "file://a",
      title: "A",
      docType: "example",
      generations: ["all"],
      deprecated: false,
      displayUrl: "",
    },
    ...{ content: `\`\`\`${language}\n${code}\n\`\`\``, contextHeader: "Code > A", metadata: {} },
  };
  return chunkDocument(document, { chunkSize, chunkOverlap: 0 }).map(({ content }) =>
    content.replace(/^[^]*?```\w*\n/, "").replace(/\n```$/, ""),
  );
}

const words = (name: string, lines: number, indent = "        ") =>
  Array.from({ length: lines }, (_, line) => `${indent}print "${name}", ${line}`).join("\n");

/** Those of some texts that are cut when a program is, into chunks of one of many sizes that have room for each of them. */
function cutOf(texts: readonly string[], code: string, language = "bbj"): string[] {
  const sizes = Array.from({ length: 30 }, (_, index) => 100 + index * 3);
  return sizes.flatMap((chunkSize) => {
    const chunks = codeOf(code, { chunkSize, language });
    return texts.filter((text) => !whole(chunks, text)).map((text) => `${chunkSize}: ${text.split("\n", 1)[0]}`);
  });
}

/** Whether a text stands whole in one of the chunks. */
const whole = (chunks: readonly string[], text: string) => chunks.some((chunk) => chunk.includes(text));

describe("a program that is cut", () => {
  // Blank lines, comments and labels inside of a method are where it was cut.
  const method = (name: string) =>
    [
      `    method public void ${name}()`,
      words(name, 4),
      "",
      "        rem Then the rest",
      words(name, 3),
      "    done:",
      "",
      "    methodend",
    ].join("\n");

  test("stands behind one fence in each chunk", () => {
    for (let lines = 10; lines < 60; lines++) {
      for (const code of codeOf(`${words("long", lines)}\n\n${words("short", 2)}`)) expect(code).not.toContain("```");
    }
  });

  test("keeps a method whole that fits into a chunk", () => {
    const methods = ["open", "sell", "count", "close"].map(method);
    const chunks = codeOf(`class public Shop\n\n${methods.join("\n\n")}\n\nclassend`);
    expect(chunks.length).toBeGreaterThan(1);
    for (const one of methods) expect(whole(chunks, one)).toBe(true);
  });

  test.each([
    ["rem lines", "    rem Opens the shop\n    rem and the till\n"],
    ["a doc comment of rem lines", "    rem /**\n    rem  * Opens the shop\n    rem  */\n"],
    ["a comment that stands apart", "    rem --- Opens the shop\n\n"],
    ["a block comment", "    /**\n     * Opens the shop\n     *\n     */\n"],
  ])("keeps %s with the method below", (_, comment) => {
    const methods = ["open", "sell", "count"].map((name) => comment + method(name));
    const chunks = codeOf(`class public Shop\n${methods.join("\n")}\nclassend`, { chunkSize: 140 });
    for (const one of methods) expect(whole(chunks, one)).toBe(true);
  });

  test("keeps a method whole whose comment does not fit beside it", () => {
    const comment = Array.from({ length: 12 }, (_, line) => `    rem What ${line} is about, and why it is there`).join(
      "\n",
    );
    const code = `class public Shop\n${comment}\n${method("open")}\n${method("sell")}\nclassend`;
    expect(cutOf([method("open"), method("sell"), "    rem What 11 is about"], code)).toEqual([]);
  });

  test("is cut at blank lines and declarations where a method does not fit", () => {
    const paragraphs = ["one", "two", "three", "four"].map((name) => words(name, 7));
    const chunks = codeOf(`method public void long()\n${paragraphs.join("\n\n")}\nmethodend\n\n${method("small")}`);
    for (const paragraph of [...paragraphs, method("small")]) expect(whole(chunks, paragraph)).toBe(true);
  });

  test("begins a method or a class that does not fit in a part of its own, unless little stands before it", () => {
    const long = `method public void long()\n    a = 1\n\n${["one", "two", "three"].map((name) => words(name, 7)).join("\n\n")}\nmethodend`;
    const head = 'method public void long()\n    a = 1\n\n        print "one", 0';
    expect(whole(codeOf(`rem The program\n\nclass public Shop\n${method("small")}\n\n${long}`), head)).toBe(true);
    expect(codeOf(`class public Shop\n${long}`)[0]).toStartWith("class public Shop\nmethod public void long()\n");
    // Nor where no more of it would fit beside its beginning.
    for (let lines = 5; lines < 20; lines++) {
      const stiff = `method public void stiff()\n    a = 1\n\n${words("stiff", lines)}\nmethodend`;
      for (const code of codeOf(`${words("before", 4)}\n\n${stiff}`)) expect(code).not.toContain("```");
    }
    const shop = `class public Shop\n${method("open")}\n\n${method("close")}\nclassend`;
    expect(whole(codeOf(`${words("before", 6)}\n\n${shop}`), `class public Shop\n${method("open")}`)).toBe(true);
    const label = long.replace("method public void long()", "long:").replace("methodend", "return");
    expect(whole(codeOf(`${words("before", 4)}\n\n${label}`), 'long:\n    a = 1\n\n        print "one", 0')).toBe(true);
  });

  test("keeps functions, subroutines and small classes whole", () => {
    const blocks = [
      `def fnprice(q)\n${words("price", 5)}\n\n    return q\nfnend`,
      `check_stock: rem --- Is it there?\n${words("stock", 4)}\n\n    if q then\n        return\n    endif\n\n${words("no", 3)}\nreturn`,
      `class public Till\n\n    field public BBjNumber Sum!\n\n    method public void add()\n${words("add", 4)}\n    methodend\n\nclassend`,
      `interface public Shelf\n\n    method public void fill()\n\n    method public void empty()\n\ninterfaceend`,
    ];
    expect(cutOf(blocks, blocks.join("\n\n"))).toEqual([]);
  });

  test("keeps declarations of fields together, with the comment above them", () => {
    const fields = Array.from({ length: 6 }, (_, index) => `    field private BBjString name${index}!`).join("\n");
    const code = `${words("before", 12)}\n    rem Names\n${fields}\n${words("behind", 12)}`;
    expect(whole(codeOf(code), `    rem Names\n${fields}`)).toBe(true);
  });

  test("begins a part at a callpoint, and at the comments of a numbered listing", () => {
    const callpoint = (name: string) => `[[SHELF.${name}.AVAL]]\n${words(name, 6, "\t")}`;
    const callpoints = ["NAME", "ROOM", "ROW", "SIZE"].map(callpoint);
    for (const one of callpoints) expect(whole(codeOf(callpoints.join("\n")), one)).toBe(true);
    const steps = [100, 200, 300, 400].map(
      (step) =>
        `0${step} REM Step ${step}\n${[1, 2, 3, 4, 5].map((line) => `0${step + line} PRINT "${step}", ${line}`).join("\n")}`,
    );
    for (const one of steps) expect(whole(codeOf(steps.join("\n"), { chunkSize: 100 }), one)).toBe(true);
  });

  test("keeps a callpoint whole, and never its head apart from its code", () => {
    const callpoint = (name: string) =>
      `[[SHELF.${name}.AVAL]]\nrem --- Checks ${name}\n\n${words(name, 3, "\t")}\n\nrem --- Then the rest\n${words(name, 2, "\t")}`;
    const callpoints = ["NAME", "ROOM", "<CUSTOM>", "SIZE"].map(callpoint);
    expect(cutOf(callpoints, callpoints.join("\n"))).toEqual([]);
    const long = `[[SHELF.ROW.AVAL]]\nrem --- Checks\n${words("row", 30, "\t")}`;
    const custom = `[[SHELF.<CUSTOM>]]\ncount:\n${words("count", 4, "\t")}\nreturn`;
    for (let lines = 1; lines < 20; lines++) {
      const code = `${words("before", lines)}\n${long}\n${custom}\n${custom.replaceAll("count", "sum")}\n${words("behind", 20)}`;
      for (const chunk of codeOf(code)) expect(chunk).not.toEndWith("]]");
    }
  });

  test("keeps what stands between braces whole in other languages", () => {
    const java = (name: string) =>
      `  /** What ${name} does. */\n  @Override\n  public void ${name}() {\n${words(name, 4, "    ")}\n\n    if (open) {\n      close();\n    }\n  }`;
    const methods = ["open", "sell", "count", "close"].map(java);
    expect(cutOf(methods, `class Shop {\n\n${methods.join("\n\n")}\n}`, "java")).toEqual([]);
  });

  test("loses no line, whatever it is made of", () => {
    const lines = [
      "method a",
      "methodend",
      "class A",
      "classend",
      "rem a",
      "/*",
      "*/",
      "",
      "x:",
      "return",
      "if (a) {",
      "}",
      "  } else {",
      "field b",
      "[[A.B]]",
      "print 1",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...lines), { minLength: 1, maxLength: 200 }), (code) => {
        const kept = codeOf(code.join("\n"), { chunkSize: 60 }).join("\n").split("\n");
        const said = (all: readonly string[]) => all.filter((line) => line !== "").join("\n");
        // Chunks that say the same are one.
        if (new Set(kept).size === kept.length) expect(said(kept)).toBe(said(code));
        for (const line of new Set(code)) if (/\w/.test(line)) expect(kept).toContain(line);
      }),
    );
  });
});
