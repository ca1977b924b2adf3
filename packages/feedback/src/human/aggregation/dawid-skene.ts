import { requireLength, requireNumber } from "@accord-rl/core";

/** One label, by indices. A worker may label an item several times. */
export interface WorkerLabel {
  readonly item: number;
  readonly worker: number;
  readonly label: number;
}

export interface DawidSkeneSizes {
  readonly items: number;
  readonly workers: number;
  readonly categories: number;
}

export interface DawidSkeneOptions {
  /** Added to every cell of every worker's table and to every category's count. 0 = maximum likelihood. Default 0. */
  readonly smoothing?: number;
  /** Largest change of a posterior probability at which it stops. Default 1e-8. */
  readonly tolerance?: number;
  /** Default 1000. */
  readonly iterations?: number;
}

export interface DawidSkeneFit {
  /** [items × categories] P(truth | labels). */
  readonly posteriors: readonly (readonly number[])[];
  /** [workers × categories × categories] P(worker says l | truth is j). */
  readonly confusions: readonly (readonly (readonly number[])[])[];
  /** [categories] how common each truth is. */
  readonly prevalence: readonly number[];
  /** Σ log p(labels of an item), in nats. */
  readonly logLikelihood: number;
}

const zeros = (...[size, ...rest]: readonly number[]): number[][] =>
  Array.from({ length: size as number }, () => new Array<number>(rest[0] as number).fill(0));

const normalize = (row: readonly number[]): number[] => {
  const total = row.reduce((sum, value) => sum + value, 0);
  return row.map((value) => (total > 0 ? value / total : 1 / row.length));
};

/** Every item's labels counted: the first guess of its truth. */
const voteShares = ({ items, categories }: DawidSkeneSizes, labels: readonly WorkerLabel[]): number[][] => {
  const votes = zeros(items, categories);
  for (const { item, label } of labels) (votes[item] as number[])[label] = (votes[item]?.[label] ?? 0) + 1;
  return votes.map(normalize);
};

/** What workers' tables and prevalences the posteriors imply. */
const maximize = (
  { workers, categories }: DawidSkeneSizes,
  labels: readonly WorkerLabel[],
  posteriors: readonly (readonly number[])[],
  smoothing: number,
) => {
  const tables = Array.from({ length: workers }, () =>
    zeros(categories, categories).map((row) => row.map(() => smoothing)),
  );
  for (const { item, worker, label } of labels) {
    for (const [truth, share] of (posteriors[item] as readonly number[]).entries()) {
      const row = tables[worker]?.[truth] as number[];
      row[label] = (row[label] as number) + share;
    }
  }
  const totals = new Array<number>(categories).fill(smoothing);
  for (const row of posteriors)
    for (const [j, share] of row.entries()) totals[j] = (totals[j] as number) + share;
  return { confusions: tables.map((table) => table.map(normalize)), prevalence: normalize(totals) };
};

/** What posteriors the tables and prevalences imply; in log space. */
const expect = (
  { items }: DawidSkeneSizes,
  labels: readonly WorkerLabel[],
  { confusions, prevalence }: Pick<DawidSkeneFit, "confusions" | "prevalence">,
) => {
  const logs = Array.from({ length: items }, () => prevalence.map(Math.log));
  for (const { item, worker, label } of labels) {
    const row = logs[item] as number[];
    for (let truth = 0; truth < row.length; truth++) {
      row[truth] = (row[truth] as number) + Math.log(confusions[worker]?.[truth]?.[label] as number);
    }
  }
  let logLikelihood = 0;
  const posteriors = logs.map((row) => {
    const largest = Math.max(...row);
    const shares = row.map((value) => Math.exp(value - largest));
    logLikelihood += largest + Math.log(shares.reduce((sum, share) => sum + share, 0));
    return normalize(shares);
  });
  return { posteriors, logLikelihood };
};

/**
 * The truth behind several workers' labels, together with how each worker errs, by expectation-maximization:
 *
 *   P(truth of i = j | labels) ∝ p_j·Π_{labels of i} π^{worker}_{j,label}
 *
 * Starts from the shares of votes. An item without labels gets the prevalence.
 *
 * @see Dawid & Skene 1979, eqs. 2.3 to 2.5. https://doi.org/10.2307/2346806
 */
export const dawidSkene = (
  sizes: DawidSkeneSizes,
  labels: readonly WorkerLabel[],
  { smoothing = 0, tolerance = 1e-8, iterations = 1000 }: DawidSkeneOptions = {},
): DawidSkeneFit => {
  requireLength("dawidSkene", "labels", labels.length);
  requireNumber("dawidSkene", "smoothing", smoothing, [0, Number.POSITIVE_INFINITY]);
  for (const [n, { item, worker, label }] of labels.entries()) {
    requireNumber("dawidSkene", `labels[${n}].item`, item, [0, sizes.items - 1]);
    requireNumber("dawidSkene", `labels[${n}].worker`, worker, [0, sizes.workers - 1]);
    requireNumber("dawidSkene", `labels[${n}].label`, label, [0, sizes.categories - 1]);
  }
  let posteriors = voteShares(sizes, labels);
  for (let iteration = 0; ; iteration++) {
    const parameters = maximize(sizes, labels, posteriors, smoothing);
    const next = expect(sizes, labels, parameters);
    const change = next.posteriors.reduce(
      (largest, row, i) =>
        row.reduce(
          (most, share, j) => Math.max(most, Math.abs(share - (posteriors[i]?.[j] as number))),
          largest,
        ),
      0,
    );
    posteriors = next.posteriors;
    if (change < tolerance || iteration === iterations) return { ...next, ...parameters };
  }
};
