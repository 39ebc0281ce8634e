/** The middle value; of an even number the mean of the two in the middle. NaN of none, and where one is NaN. */
export function median(values: readonly number[]): number {
  if (values.length === 0 || values.some(Number.isNaN)) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The median of the ratios of each run to the other's run of the same round: what slowed one round slowed both. Rounds
 * that only one of them has do not count.
 */
export function pairedRatio(values: readonly number[], others: readonly number[]): number {
  const rounds = Math.min(values.length, others.length);
  return median(values.slice(0, rounds).map((value, round) => value / others[round]!));
}
