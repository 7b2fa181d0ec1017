// Opens a store, writes documents and holds it until it is killed: `bun hold-store.ts CHOICE_JSON DOCUMENTS`.
// Prints a line for each document once it is committed, then "holding".
import { openStore } from "../../src/store/open-store.ts";
import { IDENTITY } from "../support/databases.ts";
import { written } from "../support/documents.ts";

const [choice = "", documents = "0"] = process.argv.slice(2);
const store = await openStore(JSON.parse(choice));
await store.lock(["manual"], { exclusive: false });
await store.prepare(IDENTITY);
for (let index = 0; index < Number(documents); index++) {
  await store.write([written(`u${index}`, [`text ${index}`])]);
  console.log(index);
}
console.log("holding");
setInterval(() => {}, 60_000);
