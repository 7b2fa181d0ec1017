import { testHostileTexts } from "./hostile-texts.ts";

// Far shorter than what `npm run test:faults` has: enough to see what becomes of them, not to see a time that is its square.
testHostileTexts({ characters: 20_000, pageCharacters: 4_000 });
