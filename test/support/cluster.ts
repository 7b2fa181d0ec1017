import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Of PostgreSQL 18's `ControlFileData`. */
const NONCE = [257, 289] as const;
const CRC_AT = 292;
const LOG_IDENTIFIER_AT = 24;

/** What a data directory of PostgreSQL 18 has that no other one may have. */
export function clusterOf(data: string) {
  const control = readFileSync(join(data, "global/pg_control"));
  const log = readdirSync(join(data, "pg_wal")).filter((name) => /^[0-9A-F]{24}$/.test(name));
  return {
    identifier: control.readBigUInt64LE(0),
    nonce: control.subarray(...NONCE).toString("hex"),
    /** Those that its log has: another one than its own, and PostgreSQL refuses it. */
    inLog: [...new Set(log.map((name) => readFileSync(join(data, "pg_wal", name)).readBigUInt64LE(LOG_IDENTIFIER_AT)))],
    /** Whether the CRC of its control file is right. */
    isWhole: control.readUInt32LE(CRC_AT) === crc32c(control.subarray(0, CRC_AT)),
  };
}

/** By the book, bit by bit (RFC 3720, appendix B.4). */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1));
  }
  return ~crc >>> 0;
}
