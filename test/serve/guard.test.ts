import { describe, expect, test } from "bun:test";
import { guardOf } from "../../src/serve/guard.ts";

/** Whether a server that listens there answers a request with these headers. */
function isAnswered(listening: string, headers: Readonly<Record<string, string>>, names: readonly string[] = []) {
  return guardOf(listening, names).refusal(new Request("http://localhost/", { headers })) === undefined;
}

describe("on this machine only, the Host", () => {
  test.each(["localhost", "localhost:80", "LOCALHOST:8484", "localhost.", "127.0.0.1:8484", "127.1.2.3", "[::1]:8484"])(
    "%s is answered",
    (host) => expect(isAnswered("127.0.0.1", { host })).toBe(true),
  );
  test.each([
    ...["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.7:8484", "[2001:db8::1]"],
    ...["evil@localhost", "localhost:8484:1", "localhost/x", "localhost evil"],
  ])("%s is not", (host) => expect(isAnswered("127.0.0.1", { host })).toBe(false));
});

test("for others, every address is answered, and of names those that are allowed", () => {
  for (const listening of ["0.0.0.0", "::", "192.0.2.7"]) {
    for (const host of ["192.0.2.7:8484", "[2001:db8::1]:8484", "localhost", "docs.example.com", "DOCS.example.com:1"])
      expect([listening, host, isAnswered(listening, { host }, ["docs.example.com"])]).toEqual([listening, host, true]);
    expect(isAnswered(listening, { host: "evil.example" }, ["docs.example.com"])).toBe(false);
  }
  expect(isAnswered("docs.lan", { host: "docs.lan:8484" })).toBe(true);
});

test("a page is answered when it comes from where it asks, by whatever proxy", () => {
  const of = (origin: string, host: string) => isAnswered("127.0.0.1", { origin, host }, ["docs.example.com"]);
  expect(of("http://localhost:8484", "localhost:8484")).toBe(true);
  expect(of("https://docs.example.com", "docs.example.com")).toBe(true);
  expect(of("https://docs.example.com", "docs.example.com:443")).toBe(true);
  for (const origin of [
    "http://localhost:8485",
    "https://evil.example",
    "null",
    "",
    "chrome-extension://localhost:8484",
  ])
    expect([origin, of(origin, "localhost:8484")]).toEqual([origin, false]);
});
