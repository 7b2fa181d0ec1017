import { basename } from "node:path";

/** A kind of machine that there is an executable for. */
export type Platform = {
  /** In the names of archives and packages. */
  readonly name: string;
  /** As Bun's bundler calls it. */
  readonly target: Bun.Build.CompileTarget;
  /** The package of the registry that has Bun for it. */
  readonly runtime: string;
  /** As `process.platform`, `process.arch` and npm's package.json call them. */
  readonly os: "linux" | "darwin" | "win32";
  readonly cpu: "x64" | "arm64";
  readonly libc?: "glibc" | "musl";
};

/**
 * All of them. There is no "baseline": Bun for x64 asks for SSE4.2 and finds out itself what else there is (its packages
 * of that name have the same bytes, Bun 1.4.5).
 */
export const PLATFORMS: readonly Platform[] = [
  linux("linux-x64", "bun-linux-x64", "bun-linux-x64", "x64", "glibc"),
  linux("linux-arm64", "bun-linux-arm64", "bun-linux-aarch64", "arm64", "glibc"),
  linux("linux-x64-musl", "bun-linux-x64-musl", "bun-linux-x64-musl", "x64", "musl"),
  linux("linux-arm64-musl", "bun-linux-arm64-musl", "bun-linux-aarch64-musl", "arm64", "musl"),
  { name: "darwin-x64", target: "bun-darwin-x64", runtime: "@oven/bun-darwin-x64", os: "darwin", cpu: "x64" },
  { name: "darwin-arm64", target: "bun-darwin-arm64", runtime: "@oven/bun-darwin-aarch64", os: "darwin", cpu: "arm64" },
  { name: "windows-x64", target: "bun-windows-x64", runtime: "@oven/bun-windows-x64", os: "win32", cpu: "x64" },
  {
    name: "windows-arm64",
    target: "bun-windows-arm64",
    runtime: "@oven/bun-windows-aarch64",
    os: "win32",
    cpu: "arm64",
  },
];

/** The one of a name; throws and names all where there is none. */
export function platformOf(name: string): Platform {
  const found = PLATFORMS.find((platform) => platform.name === name);
  if (found) return found;
  throw new Error(`no platform is called ${name}; there are ${PLATFORMS.map(({ name: known }) => known).join(", ")}`);
}

/** A program's file there. */
export function executableName(program: string, { os }: Platform): string {
  return os === "win32" ? `${basename(program)}.exe` : basename(program);
}

function linux(
  name: string,
  target: Bun.Build.CompileTarget,
  runtime: string,
  cpu: Platform["cpu"],
  libc: "glibc" | "musl",
): Platform {
  return { name, target, runtime: `@oven/${runtime}`, os: "linux", cpu, libc };
}
