import { cleanJson, cleanText } from "./clean-text.ts";

/** Encodes rows for `COPY ... (FORMAT binary)`: https://www.postgresql.org/docs/17/sql-copy.html#id-1.9.3.55.9.4 */
export class BinaryCopy {
  #bytes = Buffer.allocUnsafe(CAPACITY_FIRST);
  #length = this.#bytes.write("PGCOPY\n\u00ff\r\n\0", "latin1");

  constructor() {
    this.#int32(0);
    this.#int32(0);
  }

  row(fields: number): void {
    this.#int16(fields);
  }

  null(): void {
    this.#int32(-1);
  }

  text(value: string): void {
    this.#utf8(cleanText(value));
  }

  integer(value: number): void {
    this.#int32(4);
    this.#int32(value);
  }

  boolean(value: boolean): void {
    this.#int32(1);
    this.#reserve(1);
    this.#bytes[this.#length++] = value ? 1 : 0;
  }

  /** text[]: dimensions, a flag for nulls, the element type, then length and lower bound of the one dimension. */
  textArray(values: readonly string[]): void {
    const start = this.#length;
    this.#int32(0);
    this.#int32(values.length === 0 ? 0 : 1);
    this.#int32(0);
    this.#int32(TEXT_OID);
    if (values.length > 0) {
      this.#int32(values.length);
      this.#int32(1);
      for (const value of values) this.text(value);
    }
    this.#bytes.writeInt32BE(this.#length - start - 4, start);
  }

  /** jsonb: a version byte before the JSON text. */
  json(value: unknown): void {
    this.#utf8(`\u0001${cleanJson(value)}`);
  }

  /** pgvector's `vector_recv`: int16 dimensions, int16 unused, float4s. */
  vector(value: Float32Array): void {
    this.#int32(4 + value.byteLength);
    this.#int16(value.length);
    this.#int16(0);
    this.#reserve(value.byteLength);
    const target = this.#bytes.subarray(this.#length, this.#length + value.byteLength);
    target.set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    if (LITTLE_ENDIAN) target.swap32();
    this.#length += value.byteLength;
  }

  /** The whole, trailer included. */
  finish(): Uint8Array {
    this.#int16(-1);
    return this.#bytes.subarray(0, this.#length);
  }

  #utf8(text: string): void {
    const length = Buffer.byteLength(text);
    this.#int32(length);
    this.#reserve(length);
    this.#length += this.#bytes.write(text, this.#length);
  }

  #int16(value: number): void {
    this.#reserve(2);
    this.#length = this.#bytes.writeInt16BE(value, this.#length);
  }

  #int32(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeInt32BE(value, this.#length);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

const CAPACITY_FIRST = 1 << 16;
const TEXT_OID = 25;
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
