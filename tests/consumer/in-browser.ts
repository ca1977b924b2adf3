// A page's program: everything that learns is loaded, and PPO learns CartPole and text for some updates. Leaves what it saw
// in `globalThis.learned`.
import { createA2c } from "@accord-rl/a2c";
import { createRandom, disposeRollout, type RewardSource, type Tokenizer } from "@accord-rl/core";
import { createDpo } from "@accord-rl/dpo";
import { collectText, createCartPole, createStepCollector } from "@accord-rl/environments";
import { createKlRegularizer, fixed, k1 } from "@accord-rl/kl-regularizers";
import { createTextPolicy, createTextValueFunction, createTransformer } from "@accord-rl/language-model";
import { adam } from "@accord-rl/learning";
import { createMlpPolicy, createMlpValueFunction } from "@accord-rl/policy";
import { stepRows } from "@accord-rl/policy-gradient";
import { createPpo } from "@accord-rl/ppo";
import { createDqn } from "@accord-rl/q-learning";
import { createRloo } from "@accord-rl/reinforce";
import { createRewardModel } from "@accord-rl/reward-model";
import { createSft } from "@accord-rl/sft";
import { createChatTemplate } from "@accord-rl/tokenizers";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";

const random = createRandom(1);
const optimizer = () => adam({ learningRate: 0.01 });

const learnControl = async (): Promise<unknown[]> => {
  const net = { observationShape: [4], hiddenWidths: [16], random: random.fork("weights") };
  const ppo = createPpo({
    policy: createMlpPolicy({ ...net, actions: 2 }),
    values: createMlpValueFunction(net),
    random: random.fork("ppo"),
    optimizer: optimizer(),
    rows: stepRows,
    options: { discount: 0.99 },
  });
  const environment = createCartPole({ size: 4 });
  const collector = createStepCollector({ actor: ppo.actor, environment, random: random.fork("acting") });
  const updates: unknown[] = [];
  for (let update = 0; update < 3; update++) {
    const { rollout } = await collector.collect(16);
    updates.push(await ppo.update(rollout));
    disposeRollout(rollout);
  }
  return updates;
};

const learnText = async (): Promise<unknown[]> => {
  const shape = { vocabularySize: 8, width: 16, hiddenWidth: 32, layers: 1, heads: 2, keyValueHeads: 2 };
  const rest = {
    contextLength: 16,
    ropeTheta: 1e4,
    ropeLayout: "half",
    normEpsilon: 1e-5,
    tiedOutput: true,
  } as const;
  const model = createTransformer({ ...shape, ...rest }, random.fork("model"));
  const policy = createTextPolicy(model);
  const ppo = createPpo({
    policy,
    values: createTextValueFunction(model.clone()),
    regularizer: createKlRegularizer({ reference: policy.clone(), estimator: k1, coefficient: fixed(0.05) }),
    random: random.fork("text"),
    optimizer: optimizer(),
  });
  const tokenizer: Tokenizer = {
    vocabularySize: 8,
    beginToken: 0,
    endToken: null,
    encode: (text) => text.split(" ").map(Number),
    decode: (tokens) => Array.from(tokens).join(" "),
  };
  const sevens: RewardSource = (samples) =>
    samples.map(({ responseTokens }) => Array.from(responseTokens).filter((token) => token === 7).length);
  const updates: unknown[] = [];
  for (let update = 0; update < 3; update++) {
    const prompts = Array.from({ length: 8 }, () => [0]);
    const asked = { actor: ppo.actor, prompts, tokenizer, reward: sevens, random, maxNewTokens: 4 };
    const { rollout } = await collectText(asked);
    updates.push(await ppo.update(rollout));
    disposeRollout(rollout);
  }
  return updates;
};

await tf.setBackend("cpu");
const loaded = [
  createA2c,
  createDpo,
  createDqn,
  createRloo,
  createRewardModel,
  createSft,
  createChatTemplate,
];
Object.assign(globalThis, {
  learned: { control: await learnControl(), text: await learnText(), loaded: loaded.length },
});
