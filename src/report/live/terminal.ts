/** A terminal to draw on; a parameter, so that a test needs none. */
export interface LiveTerminal {
  readonly columns: number;
  readonly rows: number;
  /** What was written last has not left yet: it is slow, or held by Ctrl-S. */
  readonly isBusy: boolean;
  readonly abilities: TerminalAbilities;
  write(text: string): void;
  /** From now on the clock where the cursor rests is moved on, also while this thread computes; undefined: no more. */
  keepTime(elapsedMs: number | undefined): void;
  /** Calls back when it has another size, and when the process goes on that was suspended; returns what takes the callback off again. */
  onChange(callback: (change: "resized" | "resumed") => void): () => void;
  /** Writes `text` before the process ends or is suspended, however that comes; returns what takes it back. */
  atEnd(text: string): () => void;
}

export type TerminalAbilities = {
  readonly colors: boolean;
  /** It has more than ASCII. */
  readonly unicode: boolean;
  /** It shows progress in the task bar, or in its tab (OSC 9;4). */
  readonly taskbar: boolean;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** What a terminal can do, by the variables it sets; undefined where nothing can be drawn, or nobody looks. */
export function terminalAbilities(env: Environment): TerminalAbilities | undefined {
  // Windows knows no such variable; elsewhere nobody can tell what a terminal without it makes of codes.
  const kind = env.TERM || (env.OS === "Windows_NT" ? "windows" : "dumb");
  if (kind === "dumb" || env.CI) return undefined;
  return {
    colors: !env.NO_COLOR,
    // The console of Linux has a font of 512 letters; that of Windows before its Terminal one without these.
    unicode: env.TERM !== "linux" && (env.OS !== "Windows_NT" || hasTaskbar(env)),
    taskbar: hasTaskbar(env),
  };
}

/**
 * Those of which it is known: elsewhere OSC 9 is a message that pops up. Within tmux and screen the variables are of the
 * terminal around them, which never gets to see it.
 */
function hasTaskbar({
  TMUX,
  STY,
  WT_SESSION,
  ConEmuANSI,
  TERM_PROGRAM = "",
  TERM_FEATURES = "",
}: Environment): boolean {
  if (TMUX || STY) return false;
  if (WT_SESSION || ConEmuANSI === "ON" || TERM_PROGRAM === "WezTerm" || TERM_PROGRAM === "ghostty") return true;
  // iTerm2 says itself whether it does; an upper-case letter begins a feature.
  return TERM_PROGRAM === "iTerm.app" && /P(?![a-z])/.test(TERM_FEATURES);
}
