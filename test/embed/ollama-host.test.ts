import { expect, test } from "bun:test";
import { parseOllamaHosts } from "../../src/embed/ollama-host.ts";

test.each([
  ["", "http://127.0.0.1:11434"],
  ["  ", "http://127.0.0.1:11434"],
  ["localhost", "http://localhost:11434"],
  ["http://localhost:11434", "http://localhost:11434"],
  ["http://localhost:11434/", "http://localhost:11434"],
  ["gpu-box", "http://gpu-box:11434"],
  ["gpu-box:1234", "http://gpu-box:1234"],
  [":1234", "http://127.0.0.1:1234"],
  ["http://gpu-box", "http://gpu-box:80"],
  ["https://gpu-box", "https://gpu-box:443"],
  ["HTTPS://gpu-box", "https://gpu-box:443"],
  ["https://gpu-box/ollama/", "https://gpu-box:443/ollama"],
  ["gpu-box/ollama/v2", "http://gpu-box:11434/ollama/v2"],
  [' "gpu-box:1234" ', "http://gpu-box:1234"],
  ["'gpu-box'", "http://gpu-box:11434"],
  ["10.0.0.7", "http://10.0.0.7:11434"],
  ["::1", "http://[::1]:11434"],
  ["[::1]", "http://[::1]:11434"],
  ["[fe80::7]:1234", "http://[fe80::7]:1234"],
  ["0.0.0.0", "http://127.0.0.1:11434"],
  ["0.0.0.0:1234", "http://127.0.0.1:1234"],
  ["http://0.0.0.0:1234", "http://127.0.0.1:1234"],
  ["::", "http://[::1]:11434"],
  ["[::]:1234", "http://[::1]:1234"],
  ["https://me:secret@gpu-box:8443/ollama", "https://me:secret@gpu-box:8443/ollama"],
])("%p means the server %p, as it does to Ollama", (value, url) => {
  expect(parseOllamaHosts(value)).toEqual({ hosts: [url], warnings: [] });
});

test.each([
  ["gpu-box:port", "http://gpu-box:11434"],
  ["gpu-box:70000", "http://gpu-box:11434"],
  ["gpu-box:-1", "http://gpu-box:11434"],
  ["gpu-box:", "http://gpu-box:11434"],
  ["https://gpu-box:x", "https://gpu-box:443"],
])("the port of %p is replaced by the default with a warning", (value, url) => {
  const { hosts, warnings } = parseOllamaHosts(value);
  expect(hosts).toEqual([url]);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain("gpu-box");
});

test("a comma list names several servers, each once, in its order", () => {
  expect(parseOllamaHosts("b, a:1 ,, http://c:2,b:11434").hosts).toEqual([
    "http://b:11434",
    "http://a:1",
    "http://c:2",
  ]);
  expect(parseOllamaHosts('"a,b"').hosts).toEqual(["http://a:11434", "http://b:11434"]);
});

test("a warning about a host shows no password", () => {
  expect(parseOllamaHosts("http://me:secret@h:x").warnings.join()).not.toContain("secret");
});
