import { join } from "node:path";
import { bbjSource } from "../../src/parsers/bbj-source/entry.ts";
import { javadoc } from "../../src/parsers/javadoc/entry.ts";
import { flare } from "../../src/parsers/flare/entry.ts";
import { mdx } from "../../src/parsers/mdx/entry.ts";
import { pdf } from "../../src/parsers/pdf/entry.ts";
import { fencedLines, parserContract } from "./parser-contract.ts";

const PROJECT = join(import.meta.dir, "../..");

parserContract({ parser: mdx, folder: join(PROJECT, "test/fixtures/mdx"), extension: ".md", codeIn: fencedLines });

parserContract({
  parser: bbjSource,
  folder: join(PROJECT, "test/fixtures/bbj-source"),
  extension: ".bbj",
  codeIn: (file) => file.split("\n").slice(0, -1),
});

parserContract({ parser: pdf, folder: join(PROJECT, "examples/manual"), extension: ".pdf" });

parserContract({ parser: javadoc, folder: join(PROJECT, "test/fixtures/javadoc"), extension: ".json" });
parserContract({ parser: flare, folder: join(PROJECT, "test/fixtures/flare"), extension: ".htm" });
