/** What tests that draw are drawn by: the same for every run, so that a failure is one for everybody; `npm run soak` draws others. */
export const SEED = Number(process.env.BBJ_TEST_SEED ?? 15_800);
