/** What tests that draw are drawn by: the same for every run, so that a failure is one for everybody; `npm run soak` draws others. */
export const SEED = Number(process.env.BBJ_TEST_SEED ?? 15_800);

/** Numbers from 0 to `below`, the same for the same seed. */
export function draws(): (below: number) => number {
  let state = BigInt(SEED) + 1n;
  return (below) => {
    // Lehmer: MINSTD, Park and Miller 1988.
    state = (state * 48_271n) % 2_147_483_647n;
    return Number(state % BigInt(below));
  };
}
