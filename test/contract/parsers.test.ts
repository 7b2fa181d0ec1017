import { join } from "node:path";
import { bbjSource } from "../../src/parsers/bbj-source/bbj-source.ts";
import { mdx } from "../../src/parsers/mdx/mdx.ts";
import { pdf } from "../../src/parsers/pdf/pdf.ts";
import { parserContract } from "./parser-contract.ts";

const PROJECT = join(import.meta.dir, "../..");

parserContract({ parser: mdx, folder: join(PROJECT, "test/fixtures/mdx"), extension: ".md", keepsFences: true });

parserContract({ parser: bbjSource, folder: join(PROJECT, "test/fixtures/bbj-source"), extension: ".bbj" });

parserContract({ parser: pdf, folder: join(PROJECT, "examples/manual"), extension: ".pdf" });
