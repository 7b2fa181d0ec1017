/** May this process mount something? Without, the tests that need it say that they were skipped. */
export const mayMount =
  process.platform === "linux" && Bun.spawnSync(["unshare", "--mount", "true"], { stderr: "ignore" }).exitCode === 0;

const MOUNT = 'mount --bind "$0" "$1" && mount -o remount,bind,ro "$1" && cd "$1" && shift && exec "$@"';

/**
 * What to put before a command so that it runs in `directory`, which nobody can write there, not even root: a read-only
 * mount that only this process sees. At `view`, an empty directory, the same files are read-only; elsewhere they are as before.
 */
export function readOnly(directory: string, view = directory): string[] {
  return ["unshare", "--mount", "sh", "-c", MOUNT, directory, view];
}
