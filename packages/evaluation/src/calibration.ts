import { rate, requireCount, requireNumbers, requireRule, requireSameLength } from "@accord-rl/core";

/** One bar of a reliability chart. */
export interface ReliabilityBin {
  /** The bin is (low, high]; the first also holds 0. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean of what was predicted; 0 when the bin is empty. */
  readonly confidence: number;
  /** Mean of what came true; 0 when the bin is empty. */
  readonly frequency: number;
}

export interface CalibrationOptions {
  /** Bins of equal width. Default 10. */
  readonly bins?: number;
}

/**
 * The bin (k/bins, (k + 1)/bins] of a probability. The product k/bins·bins may round to a neighbour, so the edges decide.
 */
const binOf = (probability: number, bins: number): number => {
  const near = Math.max(Math.ceil(probability * bins) - 1, 0);
  if (near > 0 && probability <= near / bins) return near - 1;
  return probability > (near + 1) / bins ? near + 1 : near;
};

/**
 * Groups predicted probabilities into bins and sets beside each the frequency of what came true.
 *
 * @param probabilities  [n] predicted, 0 to 1.
 * @param outcomes       [n] 1 = it came true; a fraction where the truth is a soft label.
 */
export const reliabilityBins = (
  probabilities: readonly number[],
  outcomes: readonly number[],
  { bins = 10 }: CalibrationOptions = {},
): ReliabilityBin[] => {
  requireSameLength("reliabilityBins", ["probabilities", "outcomes"], probabilities, outcomes);
  requireNumbers("reliabilityBins", "probabilities", probabilities);
  requireCount("reliabilityBins", "bins", bins);
  const totals = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, frequency: 0 }));
  for (const [index, probability] of probabilities.entries()) {
    requireRule("reliabilityBins", `probabilities[${index}]`, probability, rate);
    const outcome = outcomes[index] as number;
    requireRule("reliabilityBins", `outcomes[${index}]`, outcome, rate);
    const bin = totals[binOf(probability, bins)] as (typeof totals)[number];
    bin.count += 1;
    bin.confidence += probability;
    bin.frequency += outcome;
  }
  return totals.map(({ count, confidence, frequency }, index) => ({
    low: index / bins,
    high: (index + 1) / bins,
    count,
    confidence: count && confidence / count,
    frequency: count && frequency / count,
  }));
};

/**
 * Expected calibration error: Σ_b n_b/n · |frequency_b − confidence_b|. 0 = probabilities can be taken at their word.
 *
 * @see Guo et al. 2017, eq. 3. https://arxiv.org/abs/1706.04599
 */
export const expectedCalibrationError = (
  probabilities: readonly number[],
  outcomes: readonly number[],
  options: CalibrationOptions = {},
): number =>
  reliabilityBins(probabilities, outcomes, options).reduce(
    (error, { count, confidence, frequency }) =>
      error + (count / probabilities.length) * Math.abs(frequency - confidence),
    0,
  );

/** Mean squared error of probabilities: 0 = certain and right, .25 = always ½. */
export const brierScore = (probabilities: readonly number[], outcomes: readonly number[]): number => {
  requireSameLength("brierScore", ["probabilities", "outcomes"], probabilities, outcomes);
  requireNumbers("brierScore", "probabilities", probabilities);
  requireNumbers("brierScore", "outcomes", outcomes);
  const squares = probabilities.map((probability, index) => (probability - (outcomes[index] as number)) ** 2);
  return squares.reduce((total, square) => total + square, 0) / squares.length;
};
