import { createRandom } from "@accord-rl/core";
import { requireAgreement } from "../agreement.ts";
import type { Benchmark } from "../benchmark.ts";
import { alternate, type Timing } from "../compare.ts";
import { compileLanguageModel } from "../compilers.ts";
import { type PeerUpdate, updateDifferences } from "../ppo-iteration/compare-update.ts";
import { createOurs } from "../ppo-iteration/ours.ts";
import { drawPrompts, servePairs } from "../prompts.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { createModels } from "./models.ts";
import { loraWork } from "./work.ts";
import { workload } from "./workload.ts";

/** Thirty layers of float32 on either side. */
const tolerance = 1e-3;

/** The most memory that this process has had, in bytes. */
const ownPeakBytes = (): number => 1024 * process.resourceUsage().maxRSS;

/** One PPO iteration on adapters over one copy of a real model, beside PEFT and PyTorch. */
export const lora: Benchmark = {
  description:
    "SmolLM2-135M-Instruct, 16 prompts of 64 tokens, 64 new tokens each; an adapter of rank 8 on all matrices; 2 epochs",
  unit: "seconds",
  repetitions: 3,
  script: "lora.py",
  run: ({ peer, repetitions, log }) =>
    withTemporaryFolder(async (folder) => {
      const random = createRandom(workload.seed);
      const compile = compileLanguageModel();
      const models = await createModels(folder, { random, compile, log });
      const { config, vocabularySize } = models.policy.model;
      const trained = Object.values(models.policy.parameters).reduce((sum, { size }) => sum + size, 0);
      const versions = await peer.request<Record<string, string>>("load", {
        folder,
        seed: workload.seed,
        options: workload,
      });
      const ours = createOurs(models, { random: random.fork("sampling"), compile, settings: workload });
      const draws = random.fork("prompts");
      const draw = () => drawPrompts(draws, workload.prompts, workload.promptTokens, vocabularySize);

      const update = await ours.check(draw());
      const agreement = updateDifferences(update, await peer.request<PeerUpdate>("check", update.batch));
      requireAgreement("lora", agreement, tolerance);
      log(
        `Same weights, adapter and batch, ${workload.epochs} epochs: losses agree to ${agreement.loss.toExponential(1)}, log-probabilities to ${agreement.logProbs.toExponential(1)}.`,
      );

      /** Both sides of a round continue the same prompts. */
      const next = servePairs(draw, 2);
      const { ours: ourTimes, peft } = await alternate(
        {
          ours: () => ours.iterate(next()),
          peft: async () => (await peer.request<{ seconds: Timing }>("iterate", { prompts: next() })).seconds,
        },
        { repetitions, unit: "s", log },
      );
      const { bytes } = await peer.request<{ bytes: number }>("peakMemory");
      return {
        versions,
        cases: {
          "SmolLM2-135M": {
            ours: ourTimes,
            peers: { peft },
            peakBytes: { ours: ownPeakBytes(), peft: bytes },
            agreement,
            work: loraWork(config, trained),
          },
        },
      };
    }),
};
