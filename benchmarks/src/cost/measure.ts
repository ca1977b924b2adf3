import { createCompile, startBackend } from "@accord-rl/backend";
import { createRandom } from "@accord-rl/core";
import { createTextPolicy, createTransformer } from "@accord-rl/language-model";
import { adamW } from "@accord-rl/learning";
import { createSft } from "@accord-rl/sft";
import { drawPrompts } from "../prompts.ts";
import { millisecondsEach } from "../timing.ts";
import { parameterCount } from "../transformer-work.ts";
import type { CostMeasurement, CostPoint } from "./grid.ts";

/** Run as a program of its own for each point, so that the memory is that point's: reads it from its argument. */
const measure = async ({ model: config, batch, length }: CostPoint): Promise<CostMeasurement> => {
  await startBackend();
  const emptyMiB = process.memoryUsage.rss() / 2 ** 20;
  const compile = createCompile();
  const random = createRandom(1);
  const policy = createTextPolicy(createTransformer(config, random.fork("model")), { compile });
  const budget = { seconds: 0.5, least: 2 };

  const sft = createSft({
    model: policy.model,
    optimizer: adamW({ learningRate: 1e-4 }),
    compile,
  });
  const draw = (tokens: number) => drawPrompts(random, batch, tokens, config.vocabularySize);
  const examples = draw(length + 1).map((tokens) => ({ tokens, completionStart: 0 }));
  await sft.update(examples);
  const stepMs = await millisecondsEach(sft.update, () => examples, budget);

  const promptLength = length / 4;
  const maxNewTokens = length - promptLength;
  const write = (prompts: readonly (readonly number[])[]) =>
    policy.generate(prompts, { maxNewTokens, random });
  await write(draw(promptLength));
  const writingMs = await millisecondsEach(write, () => draw(promptLength), budget);
  return {
    parameters: parameterCount(config),
    trainingMs: stepMs / (batch * length),
    generationMs: writingMs / (batch * maxNewTokens),
    residentMiB: process.resourceUsage().maxRSS / 1024,
    emptyMiB,
  };
};

const point = JSON.parse(process.argv[2] ?? "{}") as CostPoint;
process.stdout.write(`${JSON.stringify(await measure(point))}\n`);
