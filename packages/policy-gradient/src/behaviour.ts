import { InvalidArgumentError, type Observations, type Rollout } from "@accord-rl/core";
import { assertFinite } from "@accord-rl/math";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ratioDeviation } from "./ratios.ts";
import type { StepNumbers } from "./stats.ts";

/** The largest |ρ − 1| before the first step that float32 arithmetic explains. */
export const behaviourTolerance = Math.fround(1e-3);

/** Truncation of the importance weight π_old / π_behaviour. */
const largestWeight = 2;

export type SampledRollout<Obs extends Observations> = Rollout<Obs> & {
  readonly behaviourLogProbs: Tensor2D;
};

export const requireBehaviour = <Obs extends Observations>(
  rollout: Rollout<Obs>,
  name: string,
): SampledRollout<Obs> => {
  if (rollout.behaviourLogProbs) return rollout as SampledRollout<Obs>;
  throw new InvalidArgumentError({
    argument: "rollout",
    value: undefined,
    message: `${name}.update: the rollout has no behaviourLogProbs, expected those of the distribution that was sampled; it can't learn from logged data`,
  });
};

const causes =
  'Likely causes: another policy sampled the rollout, or an update happened since; the temperature, the end-token mask or the padding differ between sampling and scoring; dropout; a remote or bfloat16 engine (set behaviourMismatch to "warn-and-truncate" for those)';

const mismatch = (deviation: number): string =>
  `importance ratios differ from 1 by up to ${deviation.toPrecision(3)} before the first step, expected at most ${behaviourTolerance.toPrecision(1)}`;

/**
 * Checks the first step's numbers; where they are wrong, it has changed nothing.
 *
 * @throws InvalidArgumentError when scoring disagrees with what was sampled, NonFiniteError when a number is NaN.
 */
export const checkFirstStep = (
  { ratioDeviation: deviation, loss, gradientNorm }: StepNumbers,
  {
    name: algorithm,
    isTruncating,
    update,
  }: { readonly name: string; readonly isTruncating: boolean; readonly update: number },
): void => {
  for (const [name, value] of Object.entries({ deviation, loss, gradientNorm }))
    assertFinite(`${algorithm}: ${name}`, value, { step: update });
  if (isTruncating || deviation <= behaviourTolerance) return;
  throw new InvalidArgumentError({
    argument: "rollout",
    value: deviation,
    message: `${algorithm}.update: ${mismatch(deviation)}. ${causes}`,
  });
};

/** Tells once per update that log-probs disagree, where that is tolerated. */
export const warnOfMismatch = (
  name: string,
  deviation: number | undefined,
  onWarning: ((message: string) => void) | undefined,
): void => {
  if (deviation === undefined || deviation <= behaviourTolerance) return;
  onWarning?.(
    `${name}.update: ${mismatch(deviation)}; their importance weights are truncated at ${largestWeight}`,
  );
};

/**
 * Corrects for a behaviour that is not quite the local policy: w = min(π_old/π_behaviour, 2), per token.
 *
 * @returns weights [B, T], and max |π_old/π_behaviour − 1|.
 */
export const truncatedImportance = (
  logProbs: Tensor2D,
  { behaviourLogProbs, mask }: Pick<SampledRollout<Observations>, "behaviourLogProbs" | "mask">,
): { weights: Tensor2D; deviation: Scalar } =>
  tf.tidy(() => ({
    weights: tf.exp(tf.minimum(tf.sub(logProbs, behaviourLogProbs), Math.log(largestWeight))) as Tensor2D,
    deviation: tf.max(tf.mul(ratioDeviation({ logProbs, oldLogProbs: behaviourLogProbs }), mask)) as Scalar,
  }));
