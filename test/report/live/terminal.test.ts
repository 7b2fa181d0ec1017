import { expect, test } from "bun:test";
import { terminalAbilities } from "../../../src/report/live/terminal.ts";

test("nothing is drawn where nobody looks, or where nothing can be drawn", () => {
  expect(terminalAbilities({ TERM: "dumb" })).toBeUndefined();
  expect(terminalAbilities({})).toBeUndefined();
  expect(terminalAbilities({ TERM: "" })).toBeUndefined();
  expect(terminalAbilities({ OS: "Windows_NT" })).toBeDefined();
  expect(terminalAbilities({ TERM: "xterm-256color", CI: "true" })).toBeUndefined();
});

test("NO_COLOR takes the colours away, and nothing else", () => {
  expect(terminalAbilities({ TERM: "xterm" })).toEqual({ colors: true, unicode: true, taskbar: false });
  expect(terminalAbilities({ TERM: "xterm", NO_COLOR: "1" })).toEqual({ colors: false, unicode: true, taskbar: false });
  expect(terminalAbilities({ TERM: "linux" })).toMatchObject({ unicode: false });
});

test.each([
  [{ WT_SESSION: "x" }, true],
  [{ ConEmuANSI: "ON" }, true],
  [{ TERM_PROGRAM: "ghostty" }, true],
  [{ TERM_PROGRAM: "WezTerm" }, true],
  [{ TERM_PROGRAM: "iTerm.app", TERM_FEATURES: "T3LrMSc7UUw9Ts3BFGsSyHNoSxF" }, false],
  [{ TERM_PROGRAM: "iTerm.app", TERM_FEATURES: "T3LrMSc7UUw9Ts3BFGsSyHNoSxFP" }, true],
  [{ TERM_PROGRAM: "Apple_Terminal" }, false],
  [{ TERM: "xterm-kitty" }, false],
  // Its outer terminal never sees it.
  [{ TERM_PROGRAM: "ghostty", TMUX: "/tmp/tmux-0/default,1,0" }, false],
] as const)("%j has a task bar: %p", (env, taskbar) => {
  expect(terminalAbilities({ TERM: "xterm", ...env })).toMatchObject({ taskbar });
});
