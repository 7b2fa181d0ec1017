// Writes pages of 1 MB to stdout as a command does, each when the one before was taken, and says so on stderr; at last, who ended it.
import { checkedOutput } from "../../src/report/standard-output.ts";

const PAGES = 64;
const output = checkedOutput(process.stdout);
let isRead = true;
for (let page = 1; page <= PAGES && isRead; page++) {
  process.stderr.write(`page ${page}\n`);
  output.write("x".repeat(1_048_576));
  isRead = (await output.taken?.()) ?? true;
}
process.stderr.write(isRead ? "whole\n" : "left\n");
process.exit(0);
