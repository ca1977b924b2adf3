/** What trains language models, on a low-rank adapter: policy, reference and values share one copy of the weights. */
import {
  createRandom,
  disposeRollout,
  type PreferencePair,
  type State,
  type TextExample,
} from "@accord-rl/core";
import { createDpo, dpoLoss } from "@accord-rl/dpo";
import { collectText } from "@accord-rl/environments";
import { createKlRegularizer, fixed, k1 } from "@accord-rl/kl-regularizers";
import {
  createTextPolicy,
  createTextValueFunction,
  createTransformer,
  freeze,
  type LoraOptions,
  type Transformer,
  withLora,
} from "@accord-rl/language-model";
import { adam } from "@accord-rl/learning";
import { createPpo } from "@accord-rl/ppo";
import { createRewardModel, lastToken } from "@accord-rl/reward-model";
import { createSft } from "@accord-rl/sft";
import { climbing, createCompile, expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, test } from "vitest";
import { config, prompts, reward, tokenizer } from "./small-language.ts";

const parts: { dispose(): void }[] = [];
const later = <T extends { dispose(): void }>(part: T): T => {
  parts.push(part);
  return part;
};
afterEach(() => {
  for (const part of parts.splice(0)) part.dispose();
});

interface Options {
  readonly isFlipped?: boolean;
  readonly isCompiled?: boolean;
  readonly lora?: Partial<LoraOptions>;
}
interface Run {
  readonly base: Transformer;
  /** One update; what should rise. */
  update(): Promise<{ readonly gain: number; readonly stats: Readonly<Record<string, number>> }>;
  state(): Promise<State>;
  restore(state: State): void;
}

const wanted: TextExample[] = [
  { tokens: [0, 5, 7, 7, 1], completionStart: 2 },
  { tokens: [0, 3, 4, 5, 7, 1], completionStart: 4 },
];
const pairs: PreferencePair[] = [
  { preferred: [0, 5, 7, 7, 1], rejected: [0, 5, 8, 1], completionStart: 2 },
  { preferred: [0, 3, 4, 5, 7, 1], rejected: [0, 3, 4, 5, 8, 8, 8, 1], completionStart: 4 },
];

const common = ({ isFlipped, isCompiled, lora }: Options) => {
  const base = later(createTransformer(config, createRandom(1)));
  // As large as a trained model's: an adapter learns from what the weights below it do.
  tf.tidy(() => {
    for (const weight of Object.values(base.parameters))
      if (weight.rank === 2) weight.assign(tf.mul(weight, 12));
  });
  const adapt = (seed: number) =>
    withLora(base, { random: createRandom(seed), rank: 4, alpha: 16, targets: ["all-linear"], ...lora });
  const plain = adam({ learningRate: 0.03, maxGradientNorm: 1 });
  const optimizer = isFlipped ? climbing(plain) : plain;
  const compile = isCompiled ? { compile: later(createCompile()) } : {};
  return { base, adapt, optimizer, compile };
};

const builders: readonly [string, (options: Options) => Run][] = [
  [
    "SFT",
    (options) => {
      const { base, adapt, optimizer, compile } = common(options);
      const learner = later(createSft({ model: later(adapt(2)), optimizer, ...compile }));
      const update = async () => {
        const stats = await learner.update(wanted);
        return { gain: -stats.loss!, stats };
      };
      return { ...learner, base, update };
    },
  ],
  [
    "DPO",
    (options) => {
      const { base, adapt, optimizer, compile } = common(options);
      const policy = later(createTextPolicy(adapt(2)));
      const reference = later(createTextPolicy(freeze(base)));
      const learner = later(createDpo({ policy, reference, loss: dpoLoss(), optimizer, ...compile }));
      const update = async () => {
        const stats = await learner.update(pairs);
        return { gain: stats.margin!, stats };
      };
      return { ...learner, base, update };
    },
  ],
  [
    "PPO",
    (options) => {
      const { base, adapt, optimizer, compile } = common(options);
      const settings = { stopTokens: [1], temperature: 0.8, ...compile };
      const policy = later(createTextPolicy(adapt(2), settings));
      const reference = later(createTextPolicy(freeze(base), settings));
      const values = later(createTextValueFunction(adapt(3)));
      const coefficient = fixed(0.02);
      const regularizer = createKlRegularizer({ reference, estimator: k1, coefficient });
      const random = createRandom(2);
      const learner = later(
        createPpo({
          policy,
          values,
          optimizer,
          random,
          regularizer,
          options: { microBatchSize: 8 },
          ...compile,
        }),
      );
      const draws = createRandom(4);
      const update = async () => {
        const { rollout } = await collectText({
          actor: policy,
          prompts,
          tokenizer,
          reward,
          random: draws,
          maxNewTokens: 6,
          samplesPerPrompt: 4,
        });
        const stats = await learner.update(rollout);
        disposeRollout(rollout);
        return { gain: stats.reward!, stats };
      };
      const state = async (): Promise<State> => {
        const { tensors, json } = await learner.state();
        return { tensors, json: { learner: json, draws: draws.state() } };
      };
      const restore = ({ tensors, json }: State) => {
        const saved = json as { readonly learner: State["json"]; readonly draws: State["json"] };
        learner.restore({ tensors, json: saved.learner });
        draws.restore(saved.draws);
      };
      return { base, update, state, restore };
    },
  ],
];

/** How much each may take, and what it should gain. */
// PPO is given time: how soon its few samples turn up what pays hangs on the last digits of the first updates.
const runs = { SFT: [10, 0.5], DPO: [6, 0.02], PPO: [20, 0.5] } as const;

describe.each(builders)("%s on an adapter", (name, build) => {
  const [updates, wantedGain] = runs[name as keyof typeof runs];
  const learn = async (options: Options) => {
    const run = build(options);
    const before = tf.tidy(() => Object.values(run.base.parameters).map((weight) => [...weight.dataSync()]));
    const log = [];
    for (let update = 0; update < updates; update++) log.push(await run.update());
    const after = Object.values(run.base.parameters).map((weight) => [...weight.dataSync()]);
    expect(after, "the base's weights").toEqual(before);
    return { log, gain: log.at(-1)!.gain - log[0]!.gain };
  };

  test("learns, compiled alike; a flipped sign does not; the base stays as it was", async () => {
    const { log, gain } = await learn({});
    expect(gain).toBeGreaterThan(wantedGain);
    const first = log[0]!.stats;
    if (name === "DPO") expect(first.margin).toBe(0);
    if (name === "PPO") {
      expect(Math.abs(first.klNats!)).toBeLessThan(1e-4);
      for (const { stats } of log) expect(stats.ratioDeviation).toBeLessThan(1e-4);
    }
    const compiled = await learn({ isCompiled: true });
    expect(compiled.log[0]!.gain).toBeCloseTo(log[0]!.gain, 4);
    expect(compiled.gain).toBeGreaterThan(wantedGain);
    expect((await learn({ isFlipped: true })).gain).toBeLessThan(wantedGain / 2);
  });

  test.each([false, true])(
    "continues bit for bit and leaves nothing behind, compiled: %s",
    async (isCompiled) => {
      const [original, resumed] = [build({ isCompiled }), build({ isCompiled })];
      await original.update();
      resumed.restore(structuredClone(await original.state()));
      for (let update = 0; update < 2; update++) {
        expect(await resumed.update()).toEqual(await original.update());
      }
      expect(await resumed.state()).toEqual(await original.state());
      await expectNoLeak(async () => {
        await original.update();
      });
    },
  );
});

test("dropout: SFT continues it bit for bit, PPO refuses it once the adapter does something", async () => {
  const [, buildSft] = builders[0]!;
  const lora = { dropout: 0.2 };
  const [original, resumed] = [buildSft({ lora }), buildSft({ lora })];
  await original.update();
  resumed.restore(structuredClone(await original.state()));
  expect(await resumed.update()).toEqual(await original.update());
  const [, buildPpo] = builders[2]!;
  const ppo = buildPpo({ lora });
  const twice = async () => {
    await ppo.update();
    await ppo.update();
  };
  await expect(twice()).rejects.toThrow(/dropout/);
});

test("a reward model on the same weights: an adapter and a head of its own", () => {
  const { base, adapt } = common({});
  const backbone = adapt(5);
  const model = later(createRewardModel({ backbone, pooling: lastToken, random: createRandom(6) }));
  expect(Object.keys(model.parameters)).toHaveLength(Object.keys(backbone.parameters).length + 3);
  const frozen = later(
    createRewardModel({ backbone: freeze(base), pooling: lastToken, random: createRandom(6) }),
  );
  expect(Object.keys(frozen.parameters)).toHaveLength(3);
});
