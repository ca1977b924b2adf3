// A user's program, run outside the monorepo against the packed packages: PPO teaches a tiny random model to write
// low token numbers, held to its reference by a KL penalty. Prints one line of JSON.
import { startBackend } from "@accord-rl/backend";
import { createRandom, disposeRollout, type RewardSource, type Tokenizer } from "@accord-rl/core";
import { collectText } from "@accord-rl/environments";
import { mean } from "@accord-rl/evaluation";
import { adaptive, createKlRegularizer, k1 } from "@accord-rl/kl-regularizers";
import { createTextPolicy, createTextValueFunction, createTransformer } from "@accord-rl/language-model";
import { adam } from "@accord-rl/learning";
import { createPpo } from "@accord-rl/ppo";

await startBackend({ backend: "wasm" });
const random = createRandom(1);
const vocabularySize = 16;
const model = createTransformer(
  {
    vocabularySize,
    width: 16,
    hiddenWidth: 32,
    layers: 1,
    heads: 2,
    keyValueHeads: 1,
    contextLength: 16,
    ropeTheta: 10_000,
    ropeLayout: "half",
    normEpsilon: 1e-5,
    tiedOutput: true,
  },
  random.fork("model"),
);
const policy = createTextPolicy(model);
const tokenizer: Tokenizer = {
  vocabularySize,
  beginToken: 0,
  endToken: null,
  encode: (text) => text.split(" ").map(Number),
  decode: (tokens) => Array.from(tokens).join(" "),
};
const isLow = (token: number): number => Number(token < vocabularySize / 2);
const reward: RewardSource = (samples) =>
  samples.map(({ responseTokens }) => mean(Array.from(responseTokens, isLow)));

const ppo = createPpo({
  policy,
  values: createTextValueFunction(model.clone()),
  regularizer: createKlRegularizer({
    reference: policy.clone(),
    estimator: k1,
    coefficient: adaptive({ initial: 0.01, target: 2 }),
  }),
  optimizer: adam({ learningRate: 0.01 }),
  random: random.fork("minibatches"),
});
const iterations = [];
for (let i = 0; i < 8; i++) {
  const { rollout } = await collectText({
    actor: ppo.actor,
    prompts: Array.from({ length: 32 }, () => [0]),
    tokenizer,
    reward,
    random,
    maxNewTokens: 6,
  });
  iterations.push(await ppo.update(rollout));
  disposeRollout(rollout);
}

console.log(JSON.stringify({ first: iterations[0], last: iterations.at(-1) }));
