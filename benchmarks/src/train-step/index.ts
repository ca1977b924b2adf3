import { join } from "node:path";
import { type Compile, createRandom, type TextBatch } from "@accord-rl/core";
import { createTransformer, saveHuggingFace } from "@accord-rl/language-model";
import { adamW } from "@accord-rl/learning";
import { createSft } from "@accord-rl/sft";
import { largestDifference, requireAgreement } from "../agreement.ts";
import type { Benchmark, BenchmarkContext, CaseOutcome } from "../benchmark.ts";
import { alternate } from "../compare.ts";
import { compileLanguageModel, compileSmall } from "../compilers.ts";
import { sumWork } from "../roofline.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { budget, millisecondsEach } from "../timing.ts";
import { adamWork, gradientWork, parameterCount } from "../transformer-work.ts";
import { cases, type TrainStepCase, training } from "./workload.ts";

interface PeerSteps {
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
}

const runCase = async (
  name: string,
  { model: config, sequences, length }: TrainStepCase,
  { peer, repetitions, log, compile, folder }: BenchmarkContext & { compile: Compile; folder: string },
): Promise<{ outcome: CaseOutcome; versions: Record<string, string> }> => {
  const random = createRandom(training.seed);
  const model = createTransformer(config, random.fork("model"));
  await saveHuggingFace(model, folder);
  const versions = await peer.request<Record<string, string>>("load", { folder, options: training });
  const sft = createSft({ model, optimizer: adamW({ ...training }), compile });
  const drawBatch = () =>
    Array.from({ length: sequences }, () =>
      Array.from({ length: length + 1 }, () => random.integer(config.vocabularySize)),
    );
  const asExamples = (batch: readonly (readonly number[])[]): TextBatch =>
    batch.map((tokens) => ({ tokens, completionStart: 0 }));

  const checked = Array.from({ length: training.checkedSteps }, drawBatch);
  const theirs = await peer.request<PeerSteps>("check", { batches: checked });
  const ours = [];
  for (const batch of checked) ours.push(await sft.update(asExamples(batch)));
  const agreement = {
    loss: largestDifference(
      ours.map(({ loss }) => loss!),
      theirs.losses,
    ),
    gradientNorm: largestDifference(
      ours.map(({ gradientNorm }) => gradientNorm!),
      theirs.gradientNorms,
    ),
  };
  requireAgreement(`train-step (${name})`, agreement);
  log(
    `${name}: losses of ${checked.length} steps on the same weights and batches agree to ${agreement.loss.toExponential(1)}.`,
  );

  const batches = Array.from({ length: 4 }, drawBatch);
  const examples = batches.map(asExamples);
  const { ours: ourTimes, peer: peerTimes } = await alternate(
    {
      ours: async () => ({ step: await millisecondsEach(sft.update, (i) => examples[i % examples.length]!) }),
      peer: async () => ({
        step: (await peer.request<{ milliseconds: number }>("time", { batches, budget })).milliseconds,
      }),
    },
    { repetitions, unit: "ms", log },
  );
  sft.dispose();
  model.dispose();
  const outputs = sequences * length;
  return {
    versions,
    outcome: {
      ours: ourTimes,
      peers: { peer: peerTimes },
      agreement,
      work: {
        step: sumWork(
          gradientWork(config, { batch: sequences, length, outputs }),
          adamWork(parameterCount(config)),
        ),
      },
    },
  };
};

/** One step of supervised training, small and mid-size, beside PyTorch. */
export const trainStep: Benchmark = {
  description: "one training step (forward, backward, clipping, AdamW) of two GPTs of the Llama family",
  unit: "ms",
  script: "train_step.py",
  run: async (context) => {
    const outcomes: Record<string, CaseOutcome> = {};
    let versions: Readonly<Record<string, string>> = {};
    for (const [name, workload] of Object.entries(cases)) {
      const compile = name === "small" ? compileSmall() : compileLanguageModel();
      const result = await withTemporaryFolder((folder) =>
        runCase(name, workload, { ...context, compile, folder: join(folder, name) }),
      );
      outcomes[name] = result.outcome;
      versions = result.versions;
    }
    return { cases: outcomes, versions };
  },
};
