import { createRandom } from "@accord-rl/core";
import { createTextPolicy, createTransformer, saveHuggingFace } from "@accord-rl/language-model";
import { requireAgreement } from "../agreement.ts";
import type { Benchmark } from "../benchmark.ts";
import { alternate } from "../compare.ts";
import { compileLanguageModel } from "../compilers.ts";
import { drawPrompts, servePairs } from "../prompts.ts";
import { stories15M } from "../shapes.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { generationWork } from "../transformer-work.ts";

/** Both sides get these numbers. */
const workload = { seed: 1, prompts: 16, promptTokens: 16, newTokens: 48 } as const;

/** Sampling with a KV cache, beside transformers' generate. */
export const generate: Benchmark = {
  description: "16 prompts of 16 tokens, 48 new tokens each, sampled by a model of stories15M's shape",
  unit: "seconds",
  script: "generate.py",
  run: ({ peer, repetitions, log }) =>
    withTemporaryFolder(async (folder) => {
      const { prompts: batch, promptTokens, newTokens, seed } = workload;
      const random = createRandom(seed);
      const model = createTransformer(stories15M, random.fork("model"));
      await saveHuggingFace(model, folder);
      const versions = await peer.request<Record<string, string>>("load", { folder, newTokens, seed });
      const policy = createTextPolicy(model, { compile: compileLanguageModel() });
      const draws = random.fork("prompts");
      const draw = () => drawPrompts(draws, batch, promptTokens, stories15M.vocabularySize);
      const sampling = random.fork("sampling");

      const prompts = draw();
      const { responses } = await policy.generate(prompts, {
        maxNewTokens: newTokens,
        random: sampling,
        greedy: true,
      });
      const theirs = await peer.request<{ responses: number[][] }>("greedy", { prompts });
      const differing = responses.filter((row, i) => row.join() !== theirs.responses[i]!.join()).length;
      const agreement = { greedyTextsThatDiffer: differing };
      requireAgreement("generate", agreement);
      log(`The most likely continuations of ${batch} prompts are the same on both sides.`);

      const next = servePairs(draw, 2);
      const times = await alternate(
        {
          ours: async () => {
            const start = performance.now();
            await policy.generate(next(), { maxNewTokens: newTokens, random: sampling });
            return { generation: (performance.now() - start) / 1000 };
          },
          peer: async () => ({
            generation: (await peer.request<{ seconds: number }>("sample", { prompts: next() })).seconds,
          }),
        },
        { repetitions, warmUps: 2, unit: "s", log },
      );
      policy.dispose();
      const work = generationWork(stories15M, { batch, promptLength: promptTokens, newTokens });
      const { ours, peer: peerTimes } = times;
      return {
        versions,
        cases: {
          stories15M: { ours, peers: { transformers: peerTimes }, agreement, work: { generation: work } },
        },
      };
    }),
};
