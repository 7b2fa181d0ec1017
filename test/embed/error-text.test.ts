import { expect, test } from "bun:test";
import { quoted, readServerError } from "../../src/embed/error-text.ts";
import { maskCredentials, maskSecrets } from "../../src/text/mask-credentials.ts";

test.each([
  ['{"error":"model is required"}', "model is required", ""],
  ['{"error":{}}', "", ""],
  ['{"error":{"message":"no","type":"server_error","code":"x_y"}}', "no", "server_error x_y"],
  ['{"error":{"message":"no","code":500}}', "no", ""],
  ['{"object":"error","message":"too much","type":"BadRequestError"}', "too much", "BadRequestError"],
  ['{"message":"busy","code":429,"type":"overloaded"}', "busy", "overloaded"],
  ['{"error":"bad","error_type":"Validation"}', "bad", "Validation"],
  ['{"detail":[{"loc":["body"],"msg":"field required","input":"the whole chunk"}]}', "field required", ""],
  // Google, Mistral, FastAPI, GraphQL's and Apigee's gateways, MiniMax, and a server of its own kind
  ['[{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT"}}]', "no", "INVALID_ARGUMENT"],
  [
    '{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","dims"],"msg":"not permitted"}]}}',
    "dims: not permitted",
    "extra_forbidden",
  ],
  ['{"detail":"Not Found"}', "Not Found", ""],
  ['{"errors":[{"message":"no","code":"E1"}]}', "no", "E1"],
  ['{"fault":{"faultstring":"Invalid ApiKey","detail":{"errorcode":"oauth"}}}', "Invalid ApiKey", ""],
  ['{"vectors":null,"base_resp":{"status_code":1004,"status_msg":"login fail"}}', "login fail", ""],
  ['{"outcome":{"words":"out of order"}}', '{"outcome":{"words":"out of order"}}', ""],
  ["<p>Log in to <b>the</b> network</p>", "an HTML page: Log in to the network", ""],
  ["404 page not found", "404 page not found", ""],
  ["<!doctype html><html><head><title>502 Bad Gateway</title>", "an HTML page: 502 Bad Gateway", ""],
  ["<html></html>", "an HTML page", ""],
  ["", "", ""],
])("the error body %p says %p", (body, text, kind) => {
  expect(readServerError(body)).toMatchObject({ text, kind });
});

test("the text of a server becomes one bounded line without escape sequences", () => {
  const text = quoted(`\x1b[31mred\x1b[0m\r\n\tline \x1b]0;title\x07two\u202e \x00end ${"x".repeat(5000)}`);
  expect(text).toStartWith("red line two end xxx");
  expect(text.length).toBeLessThanOrEqual(300);
  expect(text).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(quoted("😀".repeat(300)).isWellFormed()).toBe(true);
});

test("passwords in URLs and keys that a server echoes are masked", () => {
  expect(maskCredentials("Post https://me:p@ss@host:1/x and http://u@h")).toBe(
    "Post https://***@host:1/x and http://***@h",
  );
  expect(maskCredentials("http://host/a@b")).toBe("http://host/a@b");
  expect(maskCredentials("authorization: Basic dXNlcjpzZWNyZXQ= is wrong")).toBe("authorization: Basic *** is wrong");
  expect(maskCredentials("this server wants basic authentication")).toBe("this server wants basic authentication");
  expect(readServerError('{"error":{"message":"Incorrect API key provided: sk-12345."}}', ["sk-12345"]).text).toBe(
    "Incorrect API key provided: ***.",
  );
});

test.each([
  ["key", "Incorrect API key provided: the key is wrong", "Incorrect API key provided: the key is wrong"],
  ["key", "Incorrect API key provided: key.", "Incorrect API key provided: ***."],
  ["key", "Authorization: Bearer key", "Authorization: Bearer ***"],
  ["k", "k texts of a batch; token=k", "k texts of a batch; token=***"],
  ["1234", "1234 tokens, password '1234', key: '1234'", "1234 tokens, password '1234', key: '***'"],
  ["model", "The model `model` does not exist", "The model `model` does not exist"],
  ["s3cret", "s3cret is wrong: xs3cretx", "*** is wrong: x***x"],
  ["sk-.*+?", "no sk-.*+?", "no ***"],
  ["", "nothing", "nothing"],
])("the secret %p in %p is masked as %p", (secret, text, masked) => {
  expect(maskSecrets(text, [secret])).toBe(masked);
});
