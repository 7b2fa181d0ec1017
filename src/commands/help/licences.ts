import { packedFile } from "../../flow/packed-file.ts";

/** The licences of all that is in the executable, as its build found them; from source, those of the last build. */
export async function licences(): Promise<string> {
  return Buffer.from(await packedFile("dist/THIRD-PARTY.txt")).toString();
}
