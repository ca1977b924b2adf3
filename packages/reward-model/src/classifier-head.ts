import { InvalidArgumentError, type TensorData } from "@accord-rl/core";

/** The last layer of a sequence classifier. */
export interface ClassifierHead {
  /** [labels, D] float32. */
  readonly scoreWeight: TensorData;
  /** Names of its rows. */
  readonly labels: readonly string[];
}

const reject = (value: unknown, message: string): never => {
  throw new InvalidArgumentError({ argument: "shares", value, message: `headOf: ${message}` });
};

/**
 * One score from a classifier's logits, as the weights of a reward model's head.
 *
 *   score = Σ_label c_label · logit_label,   w = Σ_label c_label · W_label
 *
 * With two labels, { good: 1, bad: −1 } gives the log odds. A head of one label needs no shares.
 *
 * @param shares  c of each label; those left out count 0.
 * @returns [D] for `createRewardModel`'s `headWeights`.
 * @throws InvalidArgumentError when a label is unknown, or none is given where there are several.
 */
export const headOf = (
  { scoreWeight, labels }: ClassifierHead,
  shares?: Readonly<Record<string, number>>,
): Float32Array => {
  const [count = 0, width = 0] = scoreWeight.shape;
  if (count !== labels.length || scoreWeight.data.length !== count * width) {
    reject(
      scoreWeight.shape,
      `scoreWeight is [${scoreWeight.shape}], expected [${labels.length} labels, width]`,
    );
  }
  const known = labels.join(", ");
  if (shares === undefined && count !== 1) {
    reject(shares, `the head has the labels ${known}; say how much each counts`);
  }
  const given = Object.entries(shares ?? { [labels[0] as string]: 1 });
  if (given.length === 0) reject(shares, `no label counts, expected some of ${known}`);
  const weights = new Float32Array(width);
  for (const [label, share] of given) {
    const row = labels.indexOf(label);
    if (row < 0) reject(label, `there is no label "${label}", expected some of ${known}`);
    if (!Number.isFinite(share))
      reject(share, `the share of "${label}" is ${share}, expected a finite number`);
    for (let i = 0; i < width; i++) weights[i]! += share * scoreWeight.data[row * width + i]!;
  }
  return weights;
};
