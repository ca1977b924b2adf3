import { createRandom } from "@accord-rl/core";
import { largestDifference, requireAgreement } from "../agreement.ts";
import type { Benchmark, BenchmarkContext, CaseOutcome } from "../benchmark.ts";
import { alternate } from "../compare.ts";
import { compileSmall } from "../compilers.ts";
import type { Work } from "../roofline.ts";
import { budget } from "../timing.ts";
import { createA2cSide } from "./a2c.ts";
import { createDqnSide } from "./dqn.ts";

/** Gradient steps whose losses are compared before anything is timed; more would tell rounding errors that have grown. */
const checkedSteps = 3;
const seed = 1;

interface Side {
  readonly start: object;
  readonly losses: (count: number) => Promise<number[]>;
  /** The minibatches of those losses, where they were drawn. */
  readonly samples?: readonly (readonly number[])[];
  readonly time: () => Promise<number>;
  readonly work: Work;
  readonly dispose: () => void;
}

const runCase = async (
  name: string,
  algorithm: "a2c" | "dqn",
  side: Side,
  checkedUpdates: number,
  { peer, repetitions, log }: BenchmarkContext,
): Promise<{ outcome: CaseOutcome; versions: Record<string, string> }> => {
  const versions = await peer.request<Record<string, string>>("load", { algorithm, ...side.start });
  const ours = await side.losses(checkedUpdates);
  const theirs = await peer.request<{ losses: number[] }>("check", {
    count: checkedUpdates,
    samples: side.samples ?? [],
  });
  const agreement = { loss: largestDifference(ours, theirs.losses) };
  requireAgreement(`rl-update (${name})`, agreement);
  log(
    `${name}: losses of ${checkedUpdates} updates from the same weights and batches agree to ${agreement.loss.toExponential(1)}.`,
  );
  const times = await alternate(
    {
      ours: async () => ({ update: await side.time() }),
      peer: async () => ({
        update: (await peer.request<{ milliseconds: number }>("time", { budget })).milliseconds,
      }),
    },
    { repetitions, unit: "ms", log },
  );
  side.dispose();
  return {
    versions,
    outcome: {
      ours: times.ours,
      peers: { peer: times.peer },
      agreement,
      work: { update: side.work },
    },
  };
};

/** Updates of small networks, where the calls cost more than the arithmetic. */
export const rlUpdate: Benchmark = {
  description: "one update of A2C and of DQN (perceptrons 4-64-64-2, batch 64)",
  unit: "ms",
  script: "rl_update.py",
  run: async (context) => {
    const random = createRandom(seed);
    const compile = compileSmall();
    const parts = (name: string) => ({ random: random.fork(name), compile });
    const a2c = await runCase("a2c", "a2c", await createA2cSide(parts("a2c")), checkedSteps, context);
    const many = await runCase(
      "dqn-128",
      "dqn",
      await createDqnSide({ ...parts("many"), gradientSteps: 128 }),
      1,
      context,
    );
    const dqn = await runCase(
      "dqn",
      "dqn",
      await createDqnSide({ ...parts("dqn"), gradientSteps: 1 }),
      checkedSteps,
      context,
    );
    return {
      cases: { a2c: a2c.outcome, "dqn-128": many.outcome, dqn: dqn.outcome },
      versions: dqn.versions,
    };
  },
};
