/** One example's non-zero features. */
export interface SparseRow {
  readonly indices: Uint32Array;
  readonly values: Float64Array;
}

export interface LogisticOptions {
  /** Number of features. */
  readonly features: number;
  /** λ of (λ/2)·‖w‖². Default 1. */
  readonly l2?: number;
  /** Stops when the gradient's norm has fallen to this fraction of its first value. Default 1e-6. */
  readonly tolerance?: number;
  /** Newton steps at most. Default 50. */
  readonly maxSteps?: number;
}

const dotRow = ({ indices, values }: SparseRow, weights: Float64Array): number => {
  let total = 0;
  for (let k = 0; k < indices.length; k++) {
    total += (values[k] as number) * (weights[indices[k] as number] as number);
  }
  return total;
};

const addRow = (target: Float64Array, { indices, values }: SparseRow, scale: number): void => {
  for (let k = 0; k < indices.length; k++) {
    const index = indices[k] as number;
    target[index] = (target[index] as number) + scale * (values[k] as number);
  }
};

const dot = (first: Float64Array, second: Float64Array): number => {
  let total = 0;
  for (let i = 0; i < first.length; i++) total += (first[i] as number) * (second[i] as number);
  return total;
};

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Solves (H + λI)·step = −gradient by conjugate gradients, roughly while far from the optimum. */
const newtonStep = (
  hessianTimes: (v: Float64Array) => Float64Array,
  gradient: Float64Array,
): Float64Array => {
  const norm = Math.sqrt(dot(gradient, gradient));
  const enough = Math.min(0.5, Math.sqrt(norm)) * norm;
  const step = new Float64Array(gradient.length);
  const residual = gradient.map((value) => -value);
  const direction = residual.slice();
  let squared = dot(residual, residual);
  for (let round = 0; round < 200 && Math.sqrt(squared) > enough; round++) {
    const product = hessianTimes(direction);
    const length = squared / dot(direction, product);
    for (let i = 0; i < step.length; i++) {
      step[i] = (step[i] as number) + length * (direction[i] as number);
      residual[i] = (residual[i] as number) - length * (product[i] as number);
    }
    const next = dot(residual, residual);
    for (let i = 0; i < step.length; i++) {
      direction[i] = (residual[i] as number) + (next / squared) * (direction[i] as number);
    }
    squared = next;
  }
  return step;
};

/**
 * L2-regularised logistic regression by Newton's method with conjugate gradients: no randomness, no learning rate.
 *
 *   min_w Σ (softplus(z) − y·z) + (λ/2)·‖w‖²,   z = w·x
 *
 * For an unregularised intercept add a feature of a large constant value.
 *
 * @param rows    [n] examples.
 * @param labels  [n] 0 to 1; a fraction is a soft label.
 * @returns [features] w.
 * @see Lin, Weng & Keerthi 2008. https://jmlr.org/papers/v9/lin08b.html
 */
export const fitLogistic = (
  rows: readonly SparseRow[],
  labels: readonly number[],
  { features, l2 = 1, tolerance = 1e-6, maxSteps = 50 }: LogisticOptions,
): Float64Array => {
  let weights = new Float64Array(features);
  const marginsOf = (w: Float64Array) => rows.map((row) => dotRow(row, w));
  const objective = (margins: readonly number[], w: Float64Array): number =>
    margins.reduce(
      (sum, z, i) => sum + Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - (labels[i] as number) * z,
      (l2 / 2) * dot(w, w),
    );

  let margins = marginsOf(weights);
  let value = objective(margins, weights);
  let firstNorm = 0;
  for (let round = 0; round < maxSteps; round++) {
    const gradient = weights.map((weight) => l2 * weight);
    const curvatures = new Float64Array(rows.length);
    for (const [i, row] of rows.entries()) {
      const probability = sigmoid(margins[i] as number);
      curvatures[i] = probability * (1 - probability);
      addRow(gradient, row, probability - (labels[i] as number));
    }
    const norm = Math.sqrt(dot(gradient, gradient));
    if (round === 0) firstNorm = norm;
    if (norm <= tolerance * firstNorm) break;

    const step = newtonStep((v) => {
      const product = v.map((entry) => l2 * entry);
      for (const [i, row] of rows.entries()) addRow(product, row, (curvatures[i] as number) * dotRow(row, v));
      return product;
    }, gradient);
    const slope = dot(gradient, step);
    let hasImproved = false;
    for (let size = 1; size > 1e-10 && !hasImproved; size /= 2) {
      const next = weights.map((weight, i) => weight + size * (step[i] as number));
      const nextMargins = marginsOf(next);
      const nextValue = objective(nextMargins, next);
      if (nextValue <= value + 1e-4 * size * slope) {
        [weights, margins, value, hasImproved] = [next, nextMargins, nextValue, true];
      }
    }
    if (!hasImproved) break;
  }
  return weights;
};
