import { createRandom, type KlRegularizer, type Random, type Rollout } from "@accord-rl/core";
import { type OptimizerFactory, sgd } from "@accord-rl/learning";
import {
  createTabularPolicy,
  createTabularValues,
  recordedRollout,
  type TabularObservations,
  type TabularPolicy,
} from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import golden from "./__fixtures__/update.json" with { type: "json" };
import { createPpo, type PpoParts } from "./index.ts";

export type TabularRollout = Rollout<TabularObservations> & { readonly behaviourLogProbs: tf.Tensor2D };

/** The golden's rollout: five rows of different lengths that end in every possible way. */
export const goldenRollout = (changes: Partial<TabularRollout> = {}): TabularRollout => {
  const { groups: _, ...rollout } = recordedRollout(golden.inputs);
  return { ...rollout, ...changes };
};

/** k1 in the reward or k2 in the loss; β is multiplied by `growth` at each update. */
export const testRegularizer = (
  reference: TabularPolicy,
  placement: "reward" | "loss",
  first: number,
  growth = 1,
): KlRegularizer<TabularObservations> & {
  readonly observed: { klNats: number; sequences: number }[];
} => {
  const observed: { klNats: number; sequences: number }[] = [];
  let coefficient = first;
  return {
    observed,
    name: `test ${placement}`,
    placement,
    semantics: { value: "biased", gradient: "KL(policy‖reference)" },
    get coefficient() {
      return coefficient;
    },
    request: {},
    evaluateReference: (batch) => ({ logProbs: reference.evaluate(batch).logProbs }),
    penalty: ({ policy, reference: { logProbs } }) =>
      tf.tidy(() => {
        const logRatio = tf.sub(policy.logProbs, logProbs) as tf.Tensor2D;
        return placement === "reward" ? logRatio : (tf.mul(tf.square(logRatio), 0.5) as tf.Tensor2D);
      }),
    observe: (measured) => {
      observed.push(measured);
      coefficient *= growth;
    },
    state: async () => ({ tensors: {}, json: coefficient }),
    restore: ({ json }) => {
      coefficient = json as number;
    },
  };
};

export const goldenReference = (): TabularPolicy => createTabularPolicy(golden.inputs.reference);

/** PPO on the golden's tables, and what they hold. */
export const goldenPpo = ({
  optimizer = sgd({ learningRate: 0.5 }),
  random = createRandom(5),
  ...parts
}: Partial<PpoParts<TabularObservations, TabularPolicy>> & {
  optimizer?: OptimizerFactory;
  random?: Random;
} = {}) => {
  const policy = createTabularPolicy(golden.inputs.logits);
  const values = createTabularValues(golden.inputs.values);
  const ppo = createPpo({ policy, values, optimizer, random, ...parts });
  const tables = () => ({
    logits: tf.tidy(() => policy.parameters.logits!.arraySync()) as number[][],
    values: Array.from(values.parameters.values!.dataSync()),
  });
  return { ppo, policy, values, tables };
};
