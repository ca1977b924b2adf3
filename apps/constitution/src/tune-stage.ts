import { type Compile, InvalidArgumentError } from "@accord-rl/core";
import { batches, toChatExamples } from "@accord-rl/data";
import { type RevisionRecord, revisionRecords } from "@accord-rl/feedback";
import { type LoraTransformer, type Transformer, withLora } from "@accord-rl/language-model";
import { adamW, cosineSchedule, type OptimizerFactory } from "@accord-rl/learning";
import type { Run } from "@accord-rl/runs";
import { createSft } from "@accord-rl/sft";
import type { ChatTemplate } from "@accord-rl/tokenizers";
import type { Options } from "./options.ts";
import type { Revised } from "./revise-stage.ts";

const turn = (role: "user" | "assistant", content: string) => [{ role, content }] as const;

/**
 * Revisions and helpful answers as examples whose weights add up to λ and 1 − λ of the whole, times their number; what has
 * no weight is left out.
 */
export const mixExamples = (
  { revised, helpful }: Revised,
  lambda: number,
  { encode }: Pick<ChatTemplate, "encode">,
  contextLength: number,
) => {
  const revisions = revisionRecords(revised);
  const all = revisions.length + helpful.length;
  const render = (records: readonly RevisionRecord[], share: number) =>
    share === 0
      ? []
      : toChatExamples(
          records.map(({ prompt, completion }) => ({
            prompt: turn("user", prompt),
            completion: turn("assistant", completion),
            weight: (share * all) / records.length,
          })),
          encode,
          { maxLength: contextLength },
        );
  return [...render(revisions, lambda), ...render(helpful, 1 - lambda)];
};

export const optimizerOf = (learningRate: number, steps: number): OptimizerFactory =>
  adamW({
    learningRate: cosineSchedule({ from: learningRate, to: 0.1 * learningRate, steps: Math.max(steps, 1) }),
    beta2: 0.95,
    weightDecay: 0,
    maxGradientNorm: 1,
  });

/** SL-CAI: an adapter that learns to answer as the revisions do, and to stay helpful, in the proportion λ : 1 − λ. */
export const tuneStage = async (
  run: Run,
  name: string,
  lambda: number,
  {
    base,
    template,
    compile,
  }: {
    readonly base: Transformer;
    readonly template: ChatTemplate;
    readonly compile: Compile;
  },
  revised: Revised,
  { rank, slEpochs, slBatch, slLearningRate }: Options,
): Promise<LoraTransformer> => {
  const random = run.random.fork("adapter"); // the same for all: they differ in λ alone
  const model = withLora(base, { rank, alpha: 2 * rank, targets: ["all-linear"], random });
  await run.stage(name, { parts: { model } }, async (stage) => {
    const examples = mixExamples(revised, lambda, template, base.config.contextLength);
    if (examples.length === 0) {
      const message = `with λ = ${lambda} there is nothing to learn: the model's answers are empty, or too long for it`;
      throw new InvalidArgumentError({ argument: "weights", value: lambda, message });
    }
    const steps = slEpochs * Math.ceil(examples.length / slBatch);
    const sft = createSft({
      model,
      compile,
      optimizer: optimizerOf(slLearningRate, steps),
      options: { microBatchTokens: 1024 },
    });
    const order = batches(examples, Math.min(slBatch, examples.length), stage.random);
    await stage.loop({
      steps,
      parts: { sft, order },
      every: 6,
      show: ["loss"],
      body: () => sft.update(order.next()),
    });
    sft.dispose();
    return null;
  });
  return model;
};
