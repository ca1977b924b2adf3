import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCompile } from "@accord-rl/backend";
import { AccordError, createRandom, type Random } from "@accord-rl/core";
import type { Benchmark } from "../benchmark.ts";
import { alternate, type Timing } from "../compare.ts";
import { createModels } from "./models.ts";
import { createOurs } from "./ours.ts";
import { shape, workload } from "./workload.ts";

/** Numbers of both sides may differ by this much and no more. */
const tolerance = 1e-4;

const drawPrompts = (random: Random) =>
  Array.from({ length: workload.prompts }, () =>
    Array.from({ length: workload.promptTokens }, () => random.integer(shape.vocabularySize)),
  );

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const largestDifference = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

interface PeerUpdate {
  readonly losses: readonly {
    readonly loss: number;
    readonly policyLoss: number;
    readonly valueLoss: number;
  }[];
  readonly scores: readonly number[];
  readonly logProbs: readonly (readonly number[])[];
}

/** @throws AccordError when the two sides would compare different work. */
const requireAgreement = (differences: Readonly<Record<string, number>>): void => {
  for (const [name, difference] of Object.entries(differences)) {
    if (difference <= tolerance) continue;
    throw new AccordError(
      `ppo-iteration: ${name} of the two sides differ by ${difference.toExponential(1)} on the same weights and batch, expected at most ${tolerance}: their times can't be compared`,
    );
  }
};

/** One PPO iteration on four models of stories15M's shape, beside PyTorch and transformers. */
export const ppoIteration: Benchmark = {
  description:
    "16 prompts of 16 tokens, 48 new tokens each; policy, reference, reward and value model of stories15M's shape; 4 epochs",
  unit: "seconds",
  script: "ppo_iteration.py",
  run: async ({ peer, repetitions, log }) => {
    const folder = mkdtempSync(join(tmpdir(), "accord-bench-"));
    try {
      const random = createRandom(workload.seed);
      const compile = createCompile();
      const models = await createModels(folder, random, compile);
      const versions = await peer.request<Record<string, string>>("load", {
        folder,
        seed: workload.seed,
        options: workload,
      });
      const ours = createOurs(models, { random: random.fork("sampling"), compile });
      const prompts = random.fork("prompts");

      const { batch, stats, scores } = await ours.check(drawPrompts(prompts));
      const theirs = await peer.request<PeerUpdate>("check", batch);
      const lossDifference = (name: "loss" | "policyLoss" | "valueLoss") =>
        Math.abs(stats[name]! - mean(theirs.losses.map((losses) => losses[name])));
      const agreement = {
        loss: lossDifference("loss"),
        policyLoss: lossDifference("policyLoss"),
        valueLoss: lossDifference("valueLoss"),
        logProbs: largestDifference(batch.behaviourLogProbs.flat(), theirs.logProbs.flat()),
        scores: largestDifference(scores, theirs.scores),
      };
      requireAgreement(agreement);
      log(
        `Same weights, same batch, ${workload.epochs} epochs: losses of both sides agree to ${agreement.loss.toExponential(1)}.`,
      );

      let current = drawPrompts(prompts);
      let served = 0;
      /** Both sides of a pair continue the same prompts. */
      const nextPrompts = () => {
        if (served === 2) {
          current = drawPrompts(prompts);
          served = 0;
        }
        served++;
        return current;
      };
      const comparison = await alternate(
        {
          ours: () => ours.iterate(nextPrompts()),
          peer: async () =>
            (await peer.request<{ seconds: Timing }>("iterate", { prompts: nextPrompts() })).seconds,
        },
        { repetitions, log },
      );
      return { comparison, agreement, versions };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
