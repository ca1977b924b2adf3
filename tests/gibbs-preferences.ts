/** Training on the exact preferences of a token language: what its rewards say of every pair of responses. */
import type { PreferencePair } from "@accord-rl/core";
import { createDpo, dpoLoss, type LayOut } from "@accord-rl/dpo";
import { enumerateResponses, type TokenMdp } from "@accord-rl/environments";
import { adam, linearSchedule, type OptimizerFactory } from "@accord-rl/learning";
import { createTabularPolicy, type TabularObservations } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import type { TabularLanguage } from "./gibbs.ts";

/** Every pair once, with the probability that Bradley and Terry's judge prefers the first. All follow one prompt token. */
const exactPreferences = (mdp: TokenMdp): PreferencePair[] => {
  const responses = enumerateResponses(mdp);
  return responses.flatMap((first, i) =>
    responses.slice(0, i).map((second) => ({
      preferred: [0, ...first],
      rejected: [0, ...second],
      completionStart: 1,
      probability: 1 / (1 + Math.exp(mdp.reward(second) - mdp.reward(first))),
    })),
  );
};

/** Responses as the states that they go through. */
const layOutIn =
  ({ task: { steps, next } }: TabularLanguage): LayOut<TabularObservations> =>
  (texts) => {
    const actions = texts.map(({ tokens }) => Array.from(tokens).slice(1));
    const nextStates = actions.map((tokens) => {
      let state = 0;
      return tokens.map((token) => {
        state = next(state, token);
        return state;
      });
    });
    const table = (rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, [texts.length, steps], "int32");
    return {
      observations: {
        states: table(nextStates.map((row) => [0, ...row.slice(0, -1)])),
        nextStates: table(nextStates),
      },
      actions: table(actions),
      mask: tf.ones([texts.length, steps]),
    };
  };

/** Trains from the reference. @returns S × V probabilities. */
export const trainDpo = async ({
  language,
  beta,
  updates,
  wrap = (factory) => factory,
}: {
  readonly language: TabularLanguage;
  readonly beta: number;
  readonly updates: number;
  readonly wrap?: (factory: OptimizerFactory) => OptimizerFactory;
}): Promise<number[][]> => {
  const policy = createTabularPolicy(language.reference.map((row) => row.map(Math.log)));
  const reference = policy.clone();
  const dpo = createDpo({
    policy,
    reference,
    loss: dpoLoss({ beta }),
    optimizer: wrap(adam({ learningRate: linearSchedule({ from: 0.3, to: 0, steps: updates }) })),
    layOut: layOutIn(language),
  });
  const pairs = exactPreferences(language.mdp);
  for (let update = 0; update < updates; update++) await dpo.update(pairs);
  const learned = await policy.probabilities();
  for (const part of [dpo, policy, reference]) part.dispose();
  return learned;
};
