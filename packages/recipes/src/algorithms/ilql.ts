import { createIlql } from "@accord-rl/q-learning";
import type { LoggedAlgorithm } from "./logged-algorithm.ts";

/**
 * The fine-tuned model stays as it is; values that were learned from logged reviews steer it. Their slow copies follow
 * faster than in the paper, which has far more updates, and nothing is discounted: the rating comes at the end.
 *
 * With λ = 1 it reaches the first word at once. One-step targets carry it there word by word, which a hundred updates
 * don't do. The conservative term is left out: it would clone bad reviews as well as good ones, and the heads' last layer
 * starts at 0, so that what nobody wrote is hardly steered.
 *
 * @see Snell et al. 2022.
 */
export const ilql: LoggedAlgorithm = ({
  model,
  createAuthor,
  optimizer,
  random,
  compile,
  microBatchSize,
}) => ({
  algorithm: createIlql({
    model,
    createActor: createAuthor,
    optimizer: optimizer(1),
    random: random.fork("heads"),
    compile,
    options: {
      trainModel: false,
      discount: 1,
      gaeLambda: 1,
      conservativeWeight: 0,
      targetRate: 0.1,
      targetEvery: 1,
      beta: 2,
      microBatchSize,
    },
  }),
});
