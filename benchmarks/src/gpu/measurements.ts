import { createCompile, startBackend } from "@accord-rl/backend";
import { createRandom, type Stats } from "@accord-rl/core";
import { createTextPolicy, createTransformer } from "@accord-rl/language-model";
import { adamW } from "@accord-rl/learning";
import { readTensor, valueAndGradients } from "@accord-rl/math";
import { createSft, learnedLogits, textTensors, tokenLosses } from "@accord-rl/sft";
import * as tf from "@tensorflow/tfjs-core";
import { createModels } from "../ppo-iteration/models.ts";
import { createOurs } from "../ppo-iteration/ours.ts";
import { drawPrompts } from "../prompts.ts";
import { measureOurRates, type Rates } from "../rates.ts";
import { sumWork } from "../roofline.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { millisecondsEach } from "../timing.ts";
import { adamWork, gradientWork, parameterCount } from "../transformer-work.ts";
import { type GpuSize, type GpuSizeName, sizes, tinyModel } from "./sizes.ts";

/** What must be the same on every backend. */
export interface Answers {
  readonly backend: string;
  readonly loss: number;
  /** By parameter: the gradient, flattened. */
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  /** The most likely continuation of a few prompts. */
  readonly texts: readonly (readonly number[])[];
  /** Of one PPO iteration. */
  readonly ppo: Stats;
}

export interface Performance {
  readonly backend: string;
  readonly rates: Rates;
  readonly generatedTokensPerSecond: number;
  readonly ppoIterationSeconds: number;
  readonly trainingStepMs: number;
  readonly trainingTeraflops: number;
  readonly trainedParameters: number;
}

const iteration = (size: GpuSize, seed: number) =>
  withTemporaryFolder(async (folder) => {
    const random = createRandom(seed);
    const compile = createCompile();
    const models = await createModels(folder, random, compile, size.policy);
    return createOurs(models, { random: random.fork("sampling"), compile, newTokens: size.newTokens });
  });

const drawFor = ({ prompts, promptTokens, policy }: GpuSize, seed: number) =>
  drawPrompts(createRandom(seed), prompts, promptTokens, policy.vocabularySize);

export const computeAnswers = async (): Promise<Answers> => {
  const { name: backend } = await startBackend();
  const compile = createCompile();
  const policy = createTextPolicy(createTransformer(tinyModel, createRandom(1)), { compile });
  const prompts = drawFor(sizes.tiny, 2);
  const examples = drawFor({ ...sizes.tiny, promptTokens: 33 }, 3).map((tokens) => ({
    tokens,
    completionStart: 0,
  }));
  const batch = textTensors(examples);
  const { loss, gradients } = valueAndGradients(() => {
    const { loss: losses } = tokenLosses(learnedLogits(policy.model, batch), batch.targets);
    return { loss: tf.mean(losses), auxiliary: {} };
  }, policy.parameters);
  const flat = await Promise.all(
    Object.entries(gradients).map(
      async ([name, gradient]) => [name, Array.from((await readTensor(gradient)).data)] as const,
    ),
  );
  const [value] = await loss.data();
  const { responses } = await policy.generate(prompts, {
    maxNewTokens: 12,
    random: createRandom(4),
    greedy: true,
  });
  const ours = await iteration(sizes.tiny, 5);
  const { stats } = await ours.check(prompts);
  return {
    backend,
    loss: value!,
    gradients: Object.fromEntries(flat),
    texts: responses.map((row) => Array.from(row)),
    ppo: stats,
  };
};

export const measurePerformance = async (sizeName: GpuSizeName): Promise<Performance> => {
  const size: GpuSize = sizes[sizeName];
  const { name: backend } = await startBackend();
  const rates = await measureOurRates(size.rates);
  const compile = createCompile();
  const budget = { seconds: 2, least: size.repetitions };
  const policy = createTextPolicy(createTransformer(size.policy, createRandom(1)), { compile });
  const random = createRandom(2);
  const write = (prompts: readonly (readonly number[])[]) =>
    policy.generate(prompts, { maxNewTokens: size.newTokens, random });
  await write(drawFor(size, 3));
  const writingMs = await millisecondsEach(write, (index) => drawFor(size, index), budget);
  policy.dispose();

  const ours = await iteration(size, 4);
  await ours.iterate(drawFor(size, 5));
  const iterationMs = await millisecondsEach(ours.iterate, (index) => drawFor(size, index), budget);

  const { trained, trainedSequences: batch } = size;
  const length = trained.contextLength - 1;
  const sft = createSft({
    model: createTransformer(trained, createRandom(6)),
    optimizer: adamW({ learningRate: 1e-4 }),
    compile,
  });
  const examples = drawPrompts(createRandom(7), batch, length + 1, trained.vocabularySize).map((tokens) => ({
    tokens,
    completionStart: 0,
  }));
  await sft.update(examples);
  const trainingStepMs = await millisecondsEach(sft.update, () => examples, budget);
  const parameters = parameterCount(trained);
  const { flops } = sumWork(
    gradientWork(trained, { batch, length, outputs: batch * length }),
    adamWork(parameters),
  );
  return {
    backend,
    rates,
    generatedTokensPerSecond: (1000 * size.prompts * size.newTokens) / writingMs,
    ppoIterationSeconds: iterationMs / 1000,
    trainingStepMs,
    trainingTeraflops: flops / trainingStepMs / 1e9,
    trainedParameters: parameters,
  };
};
