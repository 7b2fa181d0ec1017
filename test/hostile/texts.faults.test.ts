import { testHostileTexts } from "./hostile-texts.ts";

// A parser that looks at such a text once for each of its characters does not end before the test does.
testHostileTexts({ characters: 1_000_000, pageCharacters: 150_000 });
