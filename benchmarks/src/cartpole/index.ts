import { createRandom } from "@accord-rl/core";
import { median } from "@accord-rl/evaluation";
import { requireAgreement } from "../agreement.ts";
import type { Benchmark, CaseOutcome } from "../benchmark.ts";
import { alternate, type Timing } from "../compare.ts";
import { compileSmall } from "../compilers.ts";
import { createOurLearner } from "./ours.ts";
import { type AlgorithmName, learningWork, settings } from "./settings.ts";

const seed = 1;

const stepsPerSecond = (timings: readonly Timing[]): string =>
  (1000 / median(timings.map(({ steps }) => steps!))).toFixed(0);

/** Whole learning runs in CartPole-v1, acting included, beside stable-baselines3. */
export const cartpole: Benchmark = {
  description: "slices of A2C, DQN and PPO learning CartPole-v1, beside stable-baselines3",
  unit: "s per 1000 steps",
  repetitions: 3,
  script: "cartpole.py",
  run: async ({ peer, repetitions, log }) => {
    const random = createRandom(seed);
    const compile = compileSmall();
    const cases: Record<string, CaseOutcome> = {};
    let versions: Readonly<Record<string, string>> = {};
    for (const name of ["a2c", "dqn", "ppo"] as const satisfies readonly AlgorithmName[]) {
      const { slice } = settings[name];
      const ours = createOurLearner(name, { random: random.fork(name), compile });
      const loaded = await peer.request<{ versions: Record<string, string>; parameters: number }>("load", {
        algorithm: name,
        settings: settings[name],
        seed,
      });
      versions = loaded.versions;
      // What is drawn differs: agreement is in what is built.
      const agreement = { parameters: Math.abs(ours.parameters - loaded.parameters) };
      requireAgreement(`cartpole (${name})`, agreement);
      const perThousand = (seconds: number): Timing => ({ steps: (1000 * seconds) / slice });
      log(`${name}: slices of ${slice} steps; networks of ${ours.parameters} numbers on both sides`);
      const times = await alternate(
        {
          ours: async () => perThousand(await ours.learn()),
          peer: async () =>
            perThousand((await peer.request<{ seconds: number }>("learn", { steps: slice })).seconds),
        },
        { repetitions, unit: "s per 1000 steps", log },
      );
      log(
        `${name}: ${stepsPerSecond(times.ours)} steps a second, stable-baselines3 ${stepsPerSecond(times.peer)}`,
      );
      ours.dispose();
      cases[name] = {
        ours: times.ours,
        peers: { peer: times.peer },
        agreement,
        work: { steps: learningWork(name) },
      };
    }
    return { cases, versions };
  },
};
