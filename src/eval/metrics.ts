/** Whether a right answer is among the first `n`, 1 or 0. `rank`: of the first right answer, from 1; undefined: none was found. */
export function hitAt(rank: number | undefined, n: number): number {
  return rank !== undefined && rank <= n ? 1 : 0;
}

/** 1 over the rank of the first right answer; its mean is the MRR (Voorhees, TREC-8 question answering track, 1999). */
export function reciprocalRank(rank: number | undefined): number {
  return rank === undefined ? 0 : 1 / rank;
}

/**
 * nDCG@k of binary relevance (Järvelin and Kekäläinen, ACM TOIS 20(4), 2002; discount log2(1 + rank)). `ranks`: of all
 * that is right among the first `k`; `right`: how much of it there is to be found.
 */
export function normalizedGain(ranks: readonly number[], right: number, k: number): number {
  const found = ranks.reduce((sum, rank) => sum + discount(rank), 0);
  let ideal = 0;
  for (let rank = 1; rank <= Math.min(Math.max(right, ranks.length), k); rank++) ideal += discount(rank);
  return ideal === 0 ? 0 : found / ideal;
}

function discount(rank: number): number {
  return 1 / Math.log2(1 + rank);
}

/** The mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The smallest value that at least a share of `share` of all does not exceed (nearest rank); NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil(share * sorted.length), 1) - 1] ?? NaN;
}

/**
 * How likely `won` against `lost`, or something more unequal, would be if each were as likely as the other: the two-sided
 * exact sign test (Dixon and Mood, JASA 41, 1946). Questions that came out equal say nothing and are left out.
 */
export function signTest(won: number, lost: number): number {
  const all = won + lost;
  // Binomial(all, 1/2), each term by its logarithm: 2^-all is 0 beyond 1,074.
  let term = -all * Math.LN2;
  let tail = Math.exp(term);
  for (let index = 1; index <= Math.min(won, lost); index++) {
    term += Math.log((all - index + 1) / index);
    tail += Math.exp(term);
  }
  return Math.min(1, 2 * tail);
}
