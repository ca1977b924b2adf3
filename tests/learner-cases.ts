import { createA2c } from "@accord-rl/a2c";
import {
  type ControlObservations,
  createRandom,
  type GroupedRollout,
  type Parameters,
  type Rollout,
  type State,
} from "@accord-rl/core";
import { createDpo, createKto, dpoLoss, simPoLoss } from "@accord-rl/dpo";
import { createTextPolicy, createTransformer } from "@accord-rl/language-model";
import { adam } from "@accord-rl/learning";
import {
  createMlpCategoricalFunction,
  createMlpPolicy,
  createMlpQFunction,
  createMlpQuantileFunction,
  createMlpValueFunction,
} from "@accord-rl/policy";
import { stepRows } from "@accord-rl/policy-gradient";
import { createPpo } from "@accord-rl/ppo";
import {
  categoricalLoss,
  createDqn,
  createIlql,
  createSequenceReplay,
  createSoftQLearning,
  greedy,
  hardTarget,
  polyak,
  prioritizedReplay,
  quantileLoss,
} from "@accord-rl/q-learning";
import { createGrpo, createReinforce, createRloo, learnedBaseline } from "@accord-rl/reinforce";
import {
  createPairwiseTrainer,
  createRegressionTrainer,
  createRewardModel,
  meanPool,
} from "@accord-rl/reward-model";
import { createSft } from "@accord-rl/sft";
import { createCompile } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";

/** Something that learns, what it learns from, and batches that it must refuse. */
export interface LearnerCase {
  readonly learner: { update(batch: never): Promise<unknown>; state(): Promise<State> };
  /** Trained. */
  readonly parameters: Parameters;
  /** What the learner as it is now may learn from. */
  readonly batch: () => unknown;
  /** By what is wrong; the error names it. */
  readonly broken: Readonly<Record<string, { readonly batch: unknown; readonly names: RegExp }>>;
  /** Parts of the state that hold what was seen, which stays when a step fails. */
  readonly experience: readonly string[];
}

const compile = createCompile();
const optimizer = adam({ learningRate: 0.05, maxGradientNorm: 1 });
const [B, T, width, actionCount] = [4, 3, 2, 2];

const numbers = (shape: number[], seed: number): tf.Tensor =>
  tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, createRandom(seed).normal), shape);

/** The tensor with one number replaced, in a row that is not the first. */
const withOne = <X extends tf.Tensor>(x: X, value: number): X => {
  const data = Float32Array.from(x.dataSync());
  data[data.length - 1] = value;
  return tf.tensor(data, x.shape) as X;
};

const brokenRollouts = (rollout: Rollout): LearnerCase["broken"] => {
  const names = Object.entries(rollout.observations as unknown as Record<string, tf.Tensor>);
  const floats = names.filter(([, tensor]) => tensor.dtype === "float32");
  return Object.fromEntries(
    [Number.NaN, Number.POSITIVE_INFINITY].flatMap((value) => [
      [
        `rewards of ${value}`,
        { batch: { ...rollout, rewards: withOne(rollout.rewards, value) }, names: /rewards\[3, 2\]/ },
      ],
      ...floats.map(([name, tensor]) => [
        `${name} of ${value}`,
        {
          batch: {
            ...rollout,
            observations: { ...rollout.observations, [name]: withOne(tensor, value) },
          },
          names: new RegExp(`observations.${name}\\[3, `),
        },
      ]),
    ]),
  );
};

const control = (
  build: (parts: ReturnType<typeof controlParts>) => LearnerCase["learner"],
  pick: (parts: ReturnType<typeof controlParts>) => Parameters = ({ policy }) => policy.parameters,
) => {
  return (): LearnerCase => {
    const parts = controlParts();
    return {
      learner: build(parts),
      parameters: pick(parts),
      batch: parts.sample,
      broken: brokenRollouts(parts.rollout),
      experience: [],
    };
  };
};

const controlParts = () => {
  const sizes = { observationShape: [width], hiddenWidths: [4] };
  const policy = createMlpPolicy({ ...sizes, actions: actionCount, random: createRandom(1) });
  const values = createMlpValueFunction({ ...sizes, random: createRandom(2) });
  const observations: ControlObservations = {
    current: numbers([B, T, width], 3),
    next: numbers([B, T, width], 4),
  };
  const random = createRandom(5);
  const actions = tf.tensor2d(
    Array.from({ length: B * T }, () => random.integer(actionCount)),
    [B, T],
    "int32",
  );
  const ones = tf.ones<tf.Rank.R2>([B, T]);
  const lasts = tf.tensor2d(
    Array.from({ length: B * T }, (_, i) => Number(i % T === T - 1)),
    [B, T],
  );
  const rollout: GroupedRollout<ControlObservations> = {
    observations,
    actions,
    behaviourLogProbs: policy.evaluate({ observations, actions }).logProbs,
    rewards: numbers([B, T], 6) as tf.Tensor2D,
    valid: ones,
    mask: ones,
    terminated: lasts,
    truncated: tf.zerosLike(ones),
    policyVersion: 0,
    extras: {},
    groups: Int32Array.of(0, 0, 1, 1),
  };
  const sample = () => ({
    ...rollout,
    behaviourLogProbs: policy.evaluate({ observations, actions }).logProbs,
  });
  return { policy, values, rollout, sample, optimizer, random: createRandom(7) };
};

const dqn = (variant: {
  readonly loss?: "quantiles" | "categories";
  readonly isPrioritized?: boolean;
  readonly isSoft?: boolean;
  readonly stepsPerCall?: number;
  readonly isCompiled?: boolean;
}) => {
  return (): LearnerCase => {
    const { rollout } = controlParts();
    const sizes = { observationShape: [width], hiddenWidths: [4], actions: actionCount };
    const random = createRandom(1);
    const common = {
      optimizer,
      random: createRandom(8),
      exploration: greedy,
      replay: variant.isPrioritized ? prioritizedReplay({ capacity: 50 }) : undefined,
      target: variant.isSoft ? polyak({ tau: 0.1 }) : hardTarget({ every: 3 }),
      ...(variant.isCompiled && { compile }),
      options: {
        gradientSteps: 4,
        batchSize: 12,
        learningStarts: 1,
        ...(variant.stepsPerCall && { stepsPerCall: variant.stepsPerCall }),
      },
    };
    const { replay, ...rest } = common;
    const parts = { ...rest, ...(replay && { replay }) };
    const make = () => {
      if (variant.loss === "quantiles") {
        const q = createMlpQuantileFunction({ ...sizes, quantiles: 5, random });
        return { learner: createDqn({ ...parts, q, loss: quantileLoss() }), parameters: q.parameters };
      }
      if (variant.loss === "categories") {
        const range = { minimum: -2, maximum: 2, categories: 5 };
        const q = createMlpCategoricalFunction({ ...sizes, ...range, random });
        return { learner: createDqn({ ...parts, q, loss: categoricalLoss() }), parameters: q.parameters };
      }
      const q = createMlpQFunction({ ...sizes, random });
      return { learner: createDqn({ ...parts, q }), parameters: q.parameters };
    };
    return {
      ...make(),
      batch: () => rollout,
      broken: brokenRollouts(rollout),
      experience: ["windows", "replay", "random", "dqn"],
    };
  };
};

const language = {
  vocabularySize: 6,
  width: 8,
  hiddenWidth: 8,
  layers: 1,
  heads: 2,
  keyValueHeads: 2,
  contextLength: 16,
  ropeTheta: 1e4,
  ropeLayout: "half",
  normEpsilon: 1e-5,
  tiedOutput: true,
} as const;
const createModel = () => createTransformer(language, createRandom(9));

const texts = [
  { tokens: [1, 2, 3, 4], completionStart: 2 },
  { tokens: [1, 2, 5, 3], completionStart: 2 },
  { tokens: [1, 4, 3, 3], completionStart: 2 },
];
const pairs = texts.map(({ tokens, completionStart }, i) => ({
  preferred: tokens,
  rejected: texts[(i + 1) % texts.length]!.tokens,
  completionStart,
}));

/** Batches whose last example has a number that is none. */
const brokenNumber = (examples: readonly object[], ...fields: readonly string[]): LearnerCase["broken"] =>
  Object.fromEntries(
    fields.flatMap((field) =>
      [Number.NaN, Number.POSITIVE_INFINITY].map((value) => [
        `${field} of ${value}`,
        {
          batch: examples.map((example, i) =>
            i === examples.length - 1 ? { ...example, [field]: value } : example,
          ),
          names: new RegExp(`${field}.*${value}`),
        },
      ]),
    ),
  );

const onTexts = (
  build: (model: ReturnType<typeof createModel>) => LearnerCase["learner"],
  batch: readonly object[],
  ...fields: readonly string[]
) => {
  return (): LearnerCase => {
    const model = createModel();
    const broken = brokenNumber(batch, ...fields);
    return {
      learner: build(model),
      parameters: model.parameters,
      batch: () => batch,
      broken,
      experience: [],
    };
  };
};

/** Logged responses of two tokens after prompts of two. */
const loggedRollout = (): Rollout => {
  const size = texts.length;
  const ones = tf.ones<tf.Rank.R2>([size, 2]);
  return {
    observations: {
      tokenIds: tf.tensor2d(
        texts.map(({ tokens }) => tokens),
        undefined,
        "int32",
      ),
      tokenMask: tf.ones([size, 4]),
    },
    actions: tf.tensor2d(
      texts.map(({ tokens }) => tokens.slice(2)),
      undefined,
      "int32",
    ),
    rewards: tf.tensor2d([
      [0, 1],
      [0, -1],
      [0, 0.5],
    ]),
    valid: ones,
    mask: ones,
    terminated: tf.tensor2d(texts.map(() => [0, 1])),
    truncated: tf.zerosLike(ones),
    policyVersion: 0,
    extras: {},
  } as Rollout;
};

const brokenLogged = (rollout: Rollout): LearnerCase["broken"] =>
  Object.fromEntries(
    [Number.NaN, Number.NEGATIVE_INFINITY].map((value) => [
      `rewards of ${value}`,
      { batch: { ...rollout, rewards: withOne(rollout.rewards, value) }, names: /rewards\[2, 1\]/ },
    ]),
  );

const softQ =
  (variant: { readonly hasReplay?: boolean; readonly hasTarget?: boolean }) => (): LearnerCase => {
    const { policy, values, rollout, random } = controlParts();
    return {
      learner: createSoftQLearning({
        policy,
        values,
        reference: controlParts().policy,
        beta: 0.5,
        optimizer,
        random,
        ...(variant.hasReplay && { replay: createSequenceReplay({ capacity: 20 }) }),
        ...(variant.hasTarget && {
          targetValues: createMlpValueFunction({
            observationShape: [width],
            hiddenWidths: [4],
            random: createRandom(2),
          }),
        }),
        options: { steps: 2, batchSize: 2 },
      }),
      parameters: policy.parameters,
      batch: () => rollout,
      broken: brokenRollouts(rollout),
      experience: ["replay", "random"],
    };
  };

const ilql = (): LearnerCase => {
  const model = createModel();
  const rollout = loggedRollout();
  return {
    learner: createIlql({
      model,
      createActor: (guide) => createTextPolicy(model, { guide }),
      optimizer,
      random: createRandom(1),
      options: { targetEvery: 1 },
    }),
    parameters: model.parameters,
    batch: () => rollout,
    broken: brokenLogged(rollout),
    experience: [],
  };
};

const passes = { epochs: 2, minibatches: 2 };
const preference = { options: {}, optimizer };

/** Every learner of the packages, in the variants whose steps are made differently. */
export const learnerCases: Readonly<Record<string, () => LearnerCase>> = {
  ppo: control(({ rollout: _, sample: _sample, ...parts }) => createPpo({ ...parts, options: passes })),
  "ppo on steps": control(({ rollout: _, sample: _sample, ...parts }) =>
    createPpo({ ...parts, rows: stepRows, options: passes }),
  ),
  "ppo with a bound on the KL": control(({ rollout: _, sample: _sample, ...parts }) =>
    createPpo({ ...parts, compile, options: { ...passes, maxApproxKl: 1 } }),
  ),
  a2c: control(({ rollout: _, sample: _sample, ...parts }) => createA2c(parts)),
  "a2c in one call": control(({ rollout: _, sample: _sample, ...parts }) => createA2c({ ...parts, compile })),
  reinforce: control(({ rollout: _, sample: _sample, ...parts }) =>
    createReinforce({ ...parts, advantages: learnedBaseline() }),
  ),
  grpo: control(({ rollout: _, sample: _sample, values: _values, ...parts }) =>
    createGrpo({ ...parts, options: passes }),
  ),
  rloo: control(({ rollout: _, sample: _sample, values: _values, ...parts }) =>
    createRloo({ ...parts, options: passes }),
  ),
  dqn: dqn({}),
  "dqn, four steps in a call": dqn({ stepsPerCall: 4, isSoft: true, isCompiled: true }),
  "dqn with priorities": dqn({ isPrioritized: true, isSoft: true }),
  "qr-dqn": dqn({ loss: "quantiles" }),
  c51: dqn({ loss: "categories", isPrioritized: true }),
  "soft Q-learning": softQ({}),
  "soft Q-learning with a replay and a target": softQ({ hasReplay: true, hasTarget: true }),
  ilql,
  sft: onTexts((model) => createSft({ model, optimizer }), texts, "weight"),
  "reward model of pairs": onTexts(
    (model) =>
      createPairwiseTrainer(
        createRewardModel({ backbone: model, pooling: meanPool, random: createRandom(3) }),
        { optimizer },
      ),
    pairs,
    "probability",
    "margin",
    "weight",
  ),
  "reward model of ratings": onTexts(
    (model) =>
      createRegressionTrainer(
        createRewardModel({ backbone: model, pooling: meanPool, random: createRandom(3) }),
        { optimizer },
      ),
    texts.map(({ tokens }, i) => ({ tokens, rating: i })),
    "rating",
    "weight",
  ),
  dpo: onTexts(
    (model) => {
      const policy = createTextPolicy(model);
      return createDpo({
        ...preference,
        policy,
        reference: createTextPolicy(createModel()),
        loss: dpoLoss(),
      });
    },
    pairs,
    "probability",
    "weight",
  ),
  simpo: onTexts(
    (model) => createDpo({ ...preference, policy: createTextPolicy(model), loss: simPoLoss() }),
    pairs,
    "weight",
  ),
  kto: onTexts(
    (model) => {
      const policy = createTextPolicy(model);
      return createKto({ ...preference, policy, reference: createTextPolicy(createModel()) });
    },
    texts.map((text, i) => ({ ...text, desirable: i === 0 ? 1 : 0 })),
    "desirable",
    "weight",
  ),
};
