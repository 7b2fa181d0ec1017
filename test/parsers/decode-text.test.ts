import { expect, test } from "bun:test";
import { decodeText } from "../../src/parsers/decode-text.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

test("UTF-8 is read with and without a byte order mark", () => {
  expect(decodeText(new TextEncoder().encode("grün"))).toBe("grün");
  expect(decodeText(bytes(0xef, 0xbb, 0xbf, 0x61))).toBe("a");
});

test("UTF-16 is read in both byte orders", () => {
  expect(decodeText(bytes(0xff, 0xfe, 0x61, 0, 0xfc, 0))).toBe("aü");
  expect(decodeText(bytes(0xfe, 0xff, 0, 0x61, 0, 0xfc))).toBe("aü");
});

test("what is not valid UTF-8 is cp1252", () => {
  expect(decodeText(bytes(0x93, 0x67, 0x72, 0xfc, 0x6e, 0x94, 0x80))).toBe("“grün”€");
});

test("every line end is a newline", () => {
  expect(decodeText(new TextEncoder().encode("a\r\nb\rc\n\r\n"))).toBe("a\nb\nc\n\n");
});

test("NULs go, and half a character becomes the replacement character", () => {
  expect(decodeText(bytes(0x61, 0, 0x62))).toBe("ab");
  expect(decodeText(bytes(0xff, 0xfe, 0x00, 0xd8, 0x61, 0))).toBe("\ufffda");
});
