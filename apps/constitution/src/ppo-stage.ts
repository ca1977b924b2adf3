import { type Compile, disposeRollout, type RewardSource } from "@accord-rl/core";
import { batches } from "@accord-rl/data";
import { collectText } from "@accord-rl/environments";
import { mean } from "@accord-rl/evaluation";
import type { SingleResponse } from "@accord-rl/feedback";
import { createKlRegularizer, fixed, k1 } from "@accord-rl/kl-regularizers";
import { createTextValueFunction, type LoraTransformer, type TextPolicy } from "@accord-rl/language-model";
import { createPpo } from "@accord-rl/ppo";
import type { Run } from "@accord-rl/runs";
import type { Options } from "./options.ts";
import type { Prompt } from "./prompts.ts";
import type { Voice } from "./speaker.ts";
import { optimizerOf } from "./tune-stage.ts";

/** Passes over what an iteration sampled. */
const passes = 2;

/**
 * RL-CAI by PPO: the policy samples answers and is paid by the verdicts of drawn principles, less β·KL to where it began.
 * The paper puts a preference model between labels and policy; here the verdicts are the reward themselves.
 */
export const ppoStage = async (
  run: Run,
  {
    policy,
    reference,
    trunk,
    reward,
  }: {
    readonly policy: TextPolicy;
    readonly reference: TextPolicy;
    /** What the value function begins as. */
    readonly trunk: LoraTransformer;
    readonly reward: RewardSource<SingleResponse>;
  },
  prompts: readonly Prompt[],
  { tokenizer, template, compile }: Pick<Voice, "tokenizer" | "template"> & { readonly compile: Compile },
  { rlEpochs, rlBatch, rlLearningRate, beta, answerTokens, matmulPrecision }: Options,
): Promise<void> => {
  const asked = prompts.map(({ prompt }) => ({
    prompt,
    tokens: [...template.encode([{ role: "user", content: prompt }], { addGenerationPrompt: true })],
  }));
  const promptOf = new Map(asked.map(({ prompt, tokens }) => [tokens.join(" "), prompt]));
  const promptLength = Math.max(...asked.map(({ tokens }) => tokens.length));
  const size = Math.min(rlBatch, asked.length);
  const steps = rlEpochs * Math.ceil(asked.length / size);
  const random = run.random.fork("ppo");
  const ppo = createPpo({
    policy,
    values: createTextValueFunction(trunk.clone()),
    regularizer: createKlRegularizer({
      reference,
      estimator: k1,
      coefficient: fixed(beta),
    }),
    optimizer: optimizerOf(rlLearningRate, passes * steps),
    random: random.fork("minibatches"),
    compile,
    options: {
      epochs: passes,
      minibatches: 1,
      microBatchSize: 4,
      // Sampling and scoring multiply matrices of other shapes, and round differently.
      behaviourMismatch: matmulPrecision === "bfloat16" ? "warn-and-truncate" : "error",
    },
  });
  await run.stage("ppo", { parts: { model: policy.model, ppo } }, async (stage) => {
    const order = batches(asked, size, random.fork("prompts"));
    await stage.loop({
      steps,
      parts: { order },
      every: 4,
      show: ["score", "klNats"],
      body: async (_, { random }) => {
        const { rollout, scores } = await collectText({
          actor: ppo.actor,
          prompts: order.next().map(({ tokens }) => tokens),
          tokenizer,
          reward: (samples) =>
            reward(
              samples.map(({ promptTokens, response }) => ({
                prompt: promptOf.get(Array.from(promptTokens).join(" "))!,
                response: response.trim(),
              })),
            ) as ReturnType<RewardSource>,
          random,
          maxNewTokens: answerTokens,
          promptLength,
        });
        const stats = await ppo.update(rollout);
        disposeRollout(rollout);
        const given = scores.filter((score): score is number => typeof score === "number");
        return { score: given.length > 0 ? mean(given) : 0, ...stats };
      },
    });
    return null;
  });
  ppo.dispose();
};
