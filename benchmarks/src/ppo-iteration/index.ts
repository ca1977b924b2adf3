import { createRandom } from "@accord-rl/core";
import { requireAgreement } from "../agreement.ts";
import type { Benchmark, BenchmarkContext } from "../benchmark.ts";
import { alternate, type Timing } from "../compare.ts";
import { compileLanguageModel } from "../compilers.ts";
import { drawPrompts, servePairs } from "../prompts.ts";
import { stories15M } from "../shapes.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { type PeerUpdate, updateDifferences } from "./compare-update.ts";
import { createModels } from "./models.ts";
import { createOurs } from "./ours.ts";
import { iterationWork } from "./work.ts";
import { workload } from "./workload.ts";

/** How the peer is written; the first is the one that our time is set against. */
const styles = ["plain", "tuned"] as const;
type Style = (typeof styles)[number];
type Ours = ReturnType<typeof createOurs>;

/** One update of ours and of each peer on the same batch. @returns how far they are apart. */
const compareUpdates = async (
  ours: Ours,
  prompts: readonly (readonly number[])[],
  { peer }: BenchmarkContext,
) => {
  const update = await ours.check(prompts);
  const differences: Record<string, number> = {};
  for (const style of styles) {
    const theirs = await peer.request<PeerUpdate>("check", { ...update.batch, style });
    for (const [name, difference] of Object.entries(updateDifferences(update, theirs))) {
      differences[`${style} ${name}`] = difference;
    }
  }
  requireAgreement("ppo-iteration", differences);
  return differences;
};

/** One PPO iteration on four models of stories15M's shape, beside PyTorch and transformers. */
export const ppoIteration: Benchmark = {
  description:
    "16 prompts of 16 tokens, 48 new tokens each; policy, reference, reward and value model of stories15M's shape; 4 epochs",
  unit: "seconds",
  script: "ppo_iteration.py",
  run: (context) =>
    withTemporaryFolder(async (folder) => {
      const { peer, repetitions, log } = context;
      const random = createRandom(workload.seed);
      const compile = compileLanguageModel();
      const models = await createModels(folder, random, compile);
      const versions = await peer.request<Record<string, string>>("load", {
        folder,
        seed: workload.seed,
        options: workload,
        styles,
      });
      const ours = createOurs(models, { random: random.fork("sampling"), compile });
      const draws = random.fork("prompts");
      const draw = () =>
        drawPrompts(draws, workload.prompts, workload.promptTokens, stories15M.vocabularySize);

      const agreement = await compareUpdates(ours, draw(), context);
      const worst = Math.max(...styles.map((style) => agreement[`${style} loss`]!));
      log(
        `Same weights, same batch, ${workload.epochs} epochs: losses of all sides agree to ${worst.toExponential(1)}.`,
      );

      /** All sides of a round continue the same prompts. */
      const next = servePairs(draw, 1 + styles.length);
      const peerSide = (style: Style) => async () =>
        (await peer.request<{ seconds: Timing }>("iterate", { prompts: next(), style })).seconds;
      const { ours: ourTimes, ...peers } = await alternate(
        { ours: () => ours.iterate(next()), plain: peerSide("plain"), tuned: peerSide("tuned") },
        { repetitions, warmUps: 2, unit: "s", log },
      );
      return {
        versions,
        cases: { stories15M: { ours: ourTimes, peers, agreement, work: iterationWork() } },
      };
    }),
};
