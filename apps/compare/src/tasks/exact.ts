import { disposeRollout, type RewardSource, type Tokenizer } from "@accord-rl/core";
import { collectText, describeTokenPolicy, solveGibbs, type TokenMdp } from "@accord-rl/environments";
import { mean } from "@accord-rl/evaluation";
import { createKlRegularizer, fixed, k1 } from "@accord-rl/kl-regularizers";
import { adam, linearSchedule } from "@accord-rl/learning";
import { createTabularTextPolicy, createTabularTextValues } from "@accord-rl/policy";
import { type TextLearner, textAlgorithms } from "@accord-rl/recipes";
import { loadTextAlgorithm } from "../load-algorithm.ts";
import type { Task, TaskContext } from "./task.ts";

/** β. */
const beta = 1;
const defaultSteps = 100_000;
const learningRate = 0.1;

/**
 * Three tokens of three: 27 responses. The reference likes to repeat itself; high tokens are rewarded, and a last token
 * that is the first again, so that what is good depends on what was written before.
 */
export const language: TokenMdp = {
  vocabularySize: 3,
  length: 3,
  reference: (beginning) => {
    const last = beginning.at(-1);
    return last === undefined ? [0.5, 0.3, 0.2] : [0, 1, 2].map((token) => (token === last ? 0.6 : 0.2));
  },
  reward: (response) =>
    response.reduce((sum, token) => sum + token / 3, 0) + (response[0] === response[2] ? 1 : 0),
};

const letters = "abc";
const tokenizer: Tokenizer = {
  vocabularySize: language.vocabularySize,
  beginToken: 0,
  endToken: null,
  encode: (text) => Array.from(text, (letter) => letters.indexOf(letter)),
  decode: (tokens) => Array.from(tokens, (token) => letters[token]).join(""),
};
const reward: RewardSource = (samples) =>
  samples.map(({ responseTokens }) => language.reward(Array.from(responseTokens)));

/** Responses per iteration: 512, or fewer where there are few steps; a multiple of 4, for groups. */
const batchSizeFor = (steps: number): number => Math.min(512, Math.max(8, 4 * Math.floor(steps / 40)));

const build = async ({ job, run, compile }: TaskContext, iterations: number) => {
  const policy = createTabularTextPolicy({ ...language, probabilities: language.reference });
  const reference = policy.clone();
  const algorithm = await loadTextAlgorithm(job);
  const learner: TextLearner = algorithm({
    policy,
    reference,
    values: () => createTabularTextValues(language),
    regularizer: () => createKlRegularizer({ reference, estimator: k1, coefficient: fixed(beta) }),
    beta,
    optimizer: (stepsPerIteration) =>
      adam({
        learningRate: linearSchedule({ from: learningRate, to: 0, steps: iterations * stepsPerIteration }),
      }),
    epochs: 2,
    minibatches: 1,
    microBatchSize: null,
    behaviourMismatch: "error",
    isExact: true,
    random: run.random.fork("algorithm"),
    compile,
  });
  return { policy, learner };
};

const train = async (context: TaskContext) => {
  const { job, run, backend } = context;
  const steps = job.options.steps ?? defaultSteps;
  const batchSize = batchSizeFor(steps);
  const iterations = Math.ceil(steps / batchSize);
  const { policy, learner } = await build(context, iterations);
  const { algorithm, samplesPerPrompt = 1 } = learner;
  const describe = async () => describeTokenPolicy(language, await policy.probabilities(), { beta });
  await run.stage("training", { parts: { policy } }, (stage) =>
    stage.loop({
      steps: iterations,
      parts: { algorithm },
      every: Math.ceil(iterations / 8),
      body: async (_, { random }) => {
        const { rollout, scores } = await collectText({
          actor: algorithm.actor,
          prompts: Array.from({ length: batchSize / samplesPerPrompt }, () => [0]),
          samplesPerPrompt,
          tokenizer,
          reward,
          random,
          maxNewTokens: language.length,
        });
        const stats = await algorithm.update(rollout);
        disposeRollout(rollout);
        return { ...stats, score: mean(scores as number[]), return: (await describe()).objective };
      },
    }),
  );
  const { objective, klNats, probabilities } = await describe();
  const optimum = solveGibbs(language, { beta });
  return {
    backend,
    finalReturn: objective,
    steps: iterations * batchSize,
    seconds: run.seconds().training!,
    distanceToOptimum: Math.max(...probabilities.map((p, i) => Math.abs(p - optimum.probabilities[i]!))),
    klNats,
  };
};

const { objective: best } = solveGibbs(language, { beta });

export const exact: Task = {
  title: "A toy language with a known optimum",
  returnLabel: "J = E reward − β·KL",
  stepLabel: "responses",
  description: `27 responses of three tokens, a known reward, β = ${beta}. The policy is a table, sampled as any other text policy; what it ends as is compared with the Gibbs optimum π_ref·exp(reward/β), whose J is ${best.toFixed(4)}: the distance is the largest difference of a response's probability.`,
  algorithms: Object.keys(textAlgorithms),
  curve: { stage: () => "training", metric: "return" },
  best,
  train,
};
