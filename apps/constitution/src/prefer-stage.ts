import type { Compile, PreferencePair } from "@accord-rl/core";
import { batches } from "@accord-rl/data";
import { createDpo, dpoLoss, precomputeReference } from "@accord-rl/dpo";
import type { TextPolicy } from "@accord-rl/language-model";
import type { Run } from "@accord-rl/runs";
import type { Options } from "./options.ts";
import { optimizerOf } from "./tune-stage.ts";

/** RL-CAI by DPO: the policy learns the labelled pairs, held to where it began. */
export const preferStage = async (
  run: Run,
  {
    policy,
    reference,
    compile,
  }: {
    readonly policy: TextPolicy;
    readonly reference: TextPolicy;
    readonly compile: Compile;
  },
  pairs: readonly PreferencePair[],
  { rlEpochs, rlBatch, rlLearningRate, beta }: Options,
): Promise<void> => {
  await run.stage("dpo", { parts: { model: policy.model } }, async (stage) => {
    const steps = rlEpochs * Math.ceil(pairs.length / rlBatch);
    const dpo = createDpo({
      policy,
      reference: await precomputeReference({ reference, pairs }),
      loss: dpoLoss({ beta }),
      optimizer: optimizerOf(rlLearningRate, steps),
      compile,
      options: { microBatchSize: 4 },
    });
    const order = batches(pairs, Math.min(rlBatch, pairs.length), stage.random);
    await stage.loop({
      steps,
      parts: { dpo, order },
      every: 4,
      show: ["loss", "accuracy", "margin"],
      body: () => dpo.update(order.next()),
    });
    dpo.dispose();
    return null;
  });
};
