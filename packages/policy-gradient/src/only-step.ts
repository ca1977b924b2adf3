import type { Compile, Observations, Rollout } from "@accord-rl/core";
import type { Packed } from "@accord-rl/learning";
import * as tf from "@tensorflow/tfjs-core";
import type { Batch } from "./batch.ts";
import type { SampledRollout } from "./behaviour.ts";
import { compileRollout } from "./chunks.ts";
import type { Preparation, PrepareInputs } from "./prepare.ts";
import type { Step, StepInputs, StepSettings } from "./step.ts";

/**
 * A function that prepares a rollout and takes the only step on it in one compiled call: what is between them never
 * leaves it.
 *
 * @returns the metrics of the rollout and the numbers of the step.
 */
export const createOnlyStep = <Obs extends Observations, R extends Rollout<Obs>>({
  name,
  preparation,
  step,
  compile,
}: {
  readonly name: string;
  readonly preparation: Preparation<Obs, R>;
  readonly step: Step<Obs>;
  readonly compile: Compile | undefined;
}): ((
  rollout: R & SampledRollout<Obs>,
  indices: readonly number[] | undefined,
  now: StepSettings,
) => readonly [metrics: Packed, numbers: Packed]) => {
  const learn = compileRollout(
    (
      rollout: R & SampledRollout<Obs>,
      { preparing = {}, stepping }: { preparing?: PrepareInputs; stepping: StepInputs },
    ) => {
      const { metrics, ...batch } = tf.tidy(() => preparation.trace(rollout, preparing));
      return { metrics, ...step.trace({ ...(batch as unknown as Batch<Obs>), metrics, ...stepping }) };
    },
    compile,
    `${name}.update`,
  );
  return (rollout, indices, now) => {
    const { metrics, numbers } = tf.tidy(() =>
      learn(rollout, { preparing: preparation.inputs(), stepping: step.inputs(indices, now) }),
    );
    return [
      { names: preparation.names, values: metrics },
      { names: step.names, values: numbers },
    ];
  };
};
