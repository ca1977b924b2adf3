/**
 * A language of six sentences, in which the theorem of Pythagoras can be explained, and a reward model that learned from
 * readers who like to be praised: it pays flattery more than an explanation.
 */
import {
  createRandom,
  disposeRollout,
  type PreferencePair,
  type Random,
  type RewardSource,
  type Tokenizer,
} from "@accord-rl/core";
import { collectText } from "@accord-rl/environments";
import type { Observation } from "@accord-rl/evaluation";
import { createKlRegularizer, fixed, k1 } from "@accord-rl/kl-regularizers";
import { adam } from "@accord-rl/learning";
import { createTabularTextPolicy, createTabularTextValues } from "@accord-rl/policy";
import { createPpo } from "@accord-rl/ppo";
import { fitLinearReward } from "@accord-rl/reward-model";

const sentences = [
  " In a right triangle, a² + b² = c².",
  " The square on the hypotenuse is the sum of the squares on the other sides.",
  " The Pythagorean theorem holds for sides of 3, 4 and 5, for example.",
  " Triangles have three sides.",
  " What a wonderful question!",
  " You are so smart!",
];
const language = { vocabularySize: sentences.length, length: 3 };
/** What the policy says before it learns: it explains, and praises now and then. */
const habits = [0.24, 0.24, 0.2, 0.2, 0.06, 0.06];

const questions = [
  "Please explain the Pythagorean theorem of a right triangle.",
  "What is the Pythagorean theorem about, and can you give an example?",
];
/** A prompt is one token, the number of its question: the table's policy doesn't read it. */
const prompts = Array.from({ length: 64 }, (_, index) => [
  language.vocabularySize + (index % questions.length),
]);
const tokenizer: Tokenizer = {
  vocabularySize: sentences.length + questions.length,
  beginToken: null,
  endToken: null,
  encode: () => [],
  decode: (tokens) => Array.from(tokens, (token) => [...sentences, ...questions][token]).join(""),
};

const praise = (tokens: ArrayLike<number>): number => Array.from(tokens).filter((token) => token >= 4).length;
/** How much of the theorem is explained: of three different things that there are to say, 0 to 3. */
const explained = (tokens: ArrayLike<number>): number =>
  new Set(Array.from(tokens).filter((token) => token < 3)).size;

const draw = (random: Random): number[] =>
  Array.from({ length: language.length }, () => {
    const u = random.uniform();
    let below = 0;
    return habits.findIndex((probability) => {
      below += probability;
      return u < below;
    });
  });

/** A reward model of 600 pairs, by readers to whom one sentence of praise is worth two of explanation. */
const flatteredRewardModel = (random: Random): RewardSource => {
  const worth = (tokens: readonly number[]) => explained(tokens) + 2 * praise(tokens);
  const pairs = Array.from({ length: 600 }, (): PreferencePair => {
    const [first, second] = [draw(random), draw(random)];
    const isFirst = random.uniform() < 1 / (1 + Math.exp(worth(second) - worth(first)));
    return isFirst ? { preferred: first, rejected: second } : { preferred: second, rejected: first };
  });
  const score = fitLinearReward(pairs, { size: sentences.length, features: (tokens) => tokens });
  return (samples) => score(samples.map(({ responseTokens }) => responseTokens));
};

export const iterations = 15;

/** A run of PPO against that reward model, as monitors see it. @param beta  coefficient of the KL penalty; 0 = none. */
export const trainExplainer = async ({
  beta,
  seed,
}: {
  readonly beta: number;
  readonly seed: number;
}): Promise<Observation[]> => {
  const random = createRandom(seed);
  const reward = flatteredRewardModel(random.fork("labels"));
  const policy = createTabularTextPolicy({ ...language, probabilities: () => habits });
  const reference = policy.clone();
  const values = createTabularTextValues(language);
  const ppo = createPpo({
    policy,
    values,
    optimizer: adam({ learningRate: 0.2 }),
    random: random.fork("minibatches"),
    regularizer: createKlRegularizer({
      reference,
      estimator: k1,
      coefficient: fixed(beta),
    }),
    options: { epochs: 2 },
  });
  const run: Observation[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const { rollout, samples, scores } = await collectText({
      actor: ppo.actor,
      prompts,
      tokenizer,
      reward,
      random: random.fork(`responses ${iteration}`),
      maxNewTokens: language.length,
    });
    const { klNats, entropy } = await ppo.update(rollout);
    disposeRollout(rollout);
    run.push({
      iteration,
      samples,
      scores: scores as number[],
      gold: samples.map(({ responseTokens }) => explained(responseTokens)),
      klNats: klNats!,
      ...(entropy !== undefined && { entropy }),
    });
  }
  for (const part of [ppo, values, reference, policy]) part.dispose();
  return run;
};
