/** Exponential moving average with the bias of its start taken out (Kingma and Ba, "Adam", 2014, section 3).
 *  `weight` in [0, 1): 0 leaves the values as they are. Gaps (null) stay gaps and do not move the average. */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight === 0) return [...values];
  let average = 0;
  let seen = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    average = average * weight + value * (1 - weight);
    seen += 1;
    return average / (1 - weight ** seen);
  });
}
