import { disposeRollout, type Random, type RewardSource, type Tokenizer } from "@accord-rl/core";
import { collectText, describeTokenPolicy } from "@accord-rl/environments";
import { mean } from "@accord-rl/evaluation";
import { createKlRegularizer, fixed, k1 } from "@accord-rl/kl-regularizers";
import { adam } from "@accord-rl/learning";
import { createTabularTextPolicy, createTabularTextValues, type TabularTextPolicy } from "@accord-rl/policy";
import { createPpo } from "@accord-rl/ppo";
import { bestOfN, bestOfNKl } from "@accord-rl/reward-model";
import type { Options } from "./options.ts";
import type { SweepPoint } from "./sweep.ts";
import { expected, type World } from "./world.ts";

/** One line of samples.jsonl: a policy that was really trained, or really drawn. */
export interface TrainedPoint extends SweepPoint {
  readonly kind: "trained";
  readonly world: number;
  /** "PPO, β = …" or "best of n". */
  readonly by: string;
  /** Iterations of PPO, or n. */
  readonly steps: number;
}

/** KL coefficients of PPO; 0 = nothing holds it. */
export const ppoCoefficients = [0, 0.3, 1];
const bestOfCounts = [2, 4, 8, 16, 32, 64, 128, 256];
/** Iterations of PPO between two points. */
const pointsPerRun = 20;

const letters = "abcdefghij";
const tokenizer: Tokenizer = {
  vocabularySize: letters.length,
  beginToken: null,
  endToken: null,
  encode: (text) => Array.from(text, (letter) => letters.indexOf(letter)),
  decode: (tokens) => Array.from(tokens, (token) => letters[token]).join(""),
};

/** What it is, exactly: over all responses. */
const describe = async (
  policy: TabularTextPolicy,
  world: World,
  proxy: readonly number[],
): Promise<SweepPoint> => {
  const { probabilities, klNats } = describeTokenPolicy(world.mdp, await policy.probabilities(), { beta: 0 });
  return { klNats, proxy: expected(probabilities, proxy), gold: expected(probabilities, world.gold) };
};

const createPolicy = ({ mdp }: World): TabularTextPolicy =>
  createTabularTextPolicy({ ...mdp, probabilities: mdp.reference });

const rewardOf =
  ({ indexOf }: World, proxy: readonly number[]): RewardSource =>
  (samples) =>
    samples.map(({ responseTokens }) => proxy[indexOf(responseTokens)]!);

interface Task {
  readonly world: World;
  readonly proxy: readonly number[];
  readonly options: Options;
  readonly random: Random;
}

/** PPO on samples, as any text policy is trained; what it is along the way is computed exactly. */
export const trainPpo = async (
  { world, proxy, options: { iterations, batch }, random }: Task,
  beta: number,
): Promise<(SweepPoint & { readonly steps: number })[]> => {
  const policy = createPolicy(world);
  const reference = policy.clone();
  const values = createTabularTextValues(world.mdp);
  const ppo = createPpo({
    policy,
    values,
    optimizer: adam({ learningRate: 0.1 }),
    random: random.fork("minibatches"),
    regularizer: createKlRegularizer({
      reference,
      estimator: k1,
      coefficient: fixed(beta),
    }),
    options: { epochs: 2, valueCoefficient: 1, valueClipEpsilon: null },
  });
  const points = [{ ...(await describe(policy, world, proxy)), steps: 0 }];
  const every = Math.max(1, Math.floor(iterations / pointsPerRun));
  for (let iteration = 1; iteration <= iterations; iteration++) {
    const { rollout } = await collectText({
      actor: ppo.actor,
      prompts: Array.from({ length: batch }, () => [0]),
      tokenizer,
      reward: rewardOf(world, proxy),
      random: random.fork(`responses ${iteration}`),
      maxNewTokens: world.mdp.length,
    });
    await ppo.update(rollout);
    disposeRollout(rollout);
    if (iteration % every === 0 || iteration === iterations)
      points.push({ ...(await describe(policy, world, proxy)), steps: iteration });
  }
  for (const part of [ppo, values, reference, policy]) part.dispose();
  return points;
};

/** The best of n by the proxy, drawn from the reference. Its KL is log n − (n − 1)/n. */
export const drawBestOf = async ({ world, proxy, options: { batch }, random }: Task) => {
  const actor = createPolicy(world);
  const points: (SweepPoint & { readonly steps: number })[] = [];
  for (const n of bestOfCounts) {
    const best = await bestOfN({
      actor,
      prompts: Array.from({ length: batch }, () => [0]),
      tokenizer,
      source: rewardOf(world, proxy),
      n,
      maxNewTokens: world.mdp.length,
      random: random.fork(`best of ${n}`),
      batchSize: 64,
    });
    const drawn = best.map(({ sample }) => world.indexOf(sample.responseTokens));
    points.push({
      klNats: bestOfNKl(n),
      proxy: mean(best.map(({ score }) => score)),
      gold: mean(drawn.map((index) => world.gold[index]!)),
      steps: n,
    });
  }
  actor.dispose();
  return points;
};

/** PPO with each coefficient, and best of n, all against the same proxy. */
export const trainAll = async (number: number, task: Task): Promise<TrainedPoint[]> => {
  const named = (by: string, points: readonly (SweepPoint & { readonly steps: number })[]): TrainedPoint[] =>
    points.map((point) => ({ kind: "trained", world: number, by, ...point }));
  const all = named("best of n", await drawBestOf({ ...task, random: task.random.fork("best of n") }));
  for (const beta of ppoCoefficients) {
    const random = task.random.fork(`ppo ${beta}`);
    all.push(...named(`PPO, β = ${beta}`, await trainPpo({ ...task, random }, beta)));
  }
  return all;
};
