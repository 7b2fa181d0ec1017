import { join } from "node:path";
import { bundledPackages } from "./bundled-packages.ts";
import { missingTexts, READ_FOR, readParts } from "./parts.ts";
import { thirdPartyText } from "./third-party.ts";

/** `THIRD-PARTY.txt` of what the build bundles. Throws, with all that is wrong, when something may not be given away. */
export async function makeThirdParty(): Promise<string> {
  const missing = await missingTexts();
  const packages = (await bundledPackages()).map(({ texts, ...entry }) => ({
    ...entry,
    texts: texts.length > 0 ? texts : (missing.get(entry.name) ?? []),
  }));
  const versions = new Map([["bun", Bun.version], ...packages.map(({ name, version }) => [name, version] as const)]);
  for (const [name, version] of Object.entries(READ_FOR))
    if (versions.get(name) !== version)
      throw new Error(
        `licences: ${name} is ${versions.get(name) ?? "not bundled"}; scripts/licences/parts.ts was read for ${version}`,
      );
  const [head = "", own = ""] = await Promise.all(
    ["head.txt", "../../LICENSE"].map((path) => Bun.file(join(import.meta.dir, path)).text()),
  );
  return thirdPartyText(`${head.trim()}\n\n${own}`, packages, await readParts());
}
