/** Below those that systems give to clients and to whoever asks for any: nobody gets one of these by chance. */
const FIRST = 20_000;
const COUNT = 12_000;

/** A port that nothing listens on, for a program that takes no port 0, or is to find nobody there. */
export function freePort(): number {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
      return port;
    } catch {
      // Somebody has it.
    }
  }
}
