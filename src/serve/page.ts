import { createHash } from "node:crypto";
import pageText from "./page.html" with { type: "text" };

const INLINE = /<(?<name>script|style)>(?<text>[^]*?)<\/\k<name>>/g;

/** The search page, and the headers that let it do what it does and nothing else. */
export function searchPage(page = pageText): {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  const hashes: Record<string, string[]> = { script: [], style: [] };
  for (const { groups: { name = "", text = "" } = {} } of page.matchAll(INLINE))
    hashes[name]?.push(`'sha256-${createHash("sha256").update(text).digest("base64")}'`);
  const allowed = (name: string) => `${name}-src ${hashes[name]?.join(" ") || "'none'"}`;
  const policy = [
    "default-src 'none'",
    ...[allowed("script"), allowed("style")],
    "connect-src 'self'",
    ...["img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ];
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy.join("; ") };
  return { html: page, headers };
}
