import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const CONTROL_FILE = join("global", "pg_control");
const LOG = "pg_wal";
/** A segment of the log, by its timeline and number. */
const SEGMENT = /^[0-9A-F]{24}$/;

/** Of PostgreSQL 18's `ControlFileData`, which begins with the identifier and ends with nonce and CRC-32C. */
const IDENTIFIER_BYTES = 8;
const NONCE_AT = 257;
const NONCE_BYTES = 32;
const CRC_AT = 292;
/** Of `XLogLongPageHeaderData`, with which a segment begins. */
const IDENTIFIER_IN_SEGMENT_AT = 24;

/** Castagnoli's polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78;

/**
 * Gives a data directory of PostgreSQL 18 that nobody has opened what `initdb` draws for each: the system identifier,
 * which its log repeats, and the nonce behind answers to names it does not know. So nothing takes one copy for another:
 * a replica, a backup, a log that is played again. Throws when the control file is not whole.
 */
export function giveIdentity(directory: string): void {
  const path = join(directory, CONTROL_FILE);
  const control = readFileSync(path);
  if (control.length <= CRC_AT || control.readUInt32LE(CRC_AT) !== crc32c(control.subarray(0, CRC_AT)))
    throw new Error(`${path} is damaged`);
  const identifier = crypto.getRandomValues(Buffer.alloc(IDENTIFIER_BYTES));
  // It is shown as a signed number.
  identifier.writeUInt8(identifier.readUInt8(IDENTIFIER_BYTES - 1) & 0x7f, IDENTIFIER_BYTES - 1);
  control.set(identifier);
  crypto.getRandomValues(control.subarray(NONCE_AT, NONCE_AT + NONCE_BYTES));
  control.writeUInt32LE(crc32c(control.subarray(0, CRC_AT)), CRC_AT);
  writeFileSync(path, control);
  for (const name of readdirSync(join(directory, LOG))) {
    if (SEGMENT.test(name)) writeAt(join(directory, LOG, name), identifier, IDENTIFIER_IN_SEGMENT_AT);
  }
}

function writeAt(path: string, bytes: Uint8Array, position: number): void {
  const file = openSync(path, "r+");
  try {
    writeSync(file, bytes, 0, bytes.length, position);
  } finally {
    closeSync(file);
  }
}

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
