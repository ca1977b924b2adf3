import type { Learner, PreferencePair } from "@accord-rl/core";
import { adam, type OptimizerFactory } from "@accord-rl/learning";
import type { createCompile } from "@accord-rl/testing";
import { createDpo, dpoLoss, ipoLoss, orpoLoss, type PreferenceOptions, simPoLoss } from "./index.ts";
import { createPolicy, layOut } from "./test-language.ts";

const parts: { dispose(): void }[] = [];
/** Disposed of after the test, by `disposeParts`. */
export const later = <T extends { dispose(): void }>(part: T): T => {
  parts.push(part);
  return part;
};
export const disposeParts = (): void => {
  for (const part of parts.splice(0)) part.dispose();
};

/** Of different lengths, labels and weights. */
export const pairs: PreferencePair[] = [
  { preferred: [5, 0, 1], rejected: [5, 1], completionStart: 1, probability: 0.9, weight: 2 },
  { preferred: [5, 5, 1, 0], rejected: [5, 5, 0, 0], completionStart: 2 },
  { preferred: [5, 1], rejected: [5, 0], completionStart: 1, probability: 0.5, weight: 0.5 },
  { preferred: [5, 1, 1], rejected: [5, 0, 1], completionStart: 1, probability: 0.2 },
  { preferred: [5, 0, 0], rejected: [5, 1, 1], completionStart: 1, weight: 0 },
];

export const losses = {
  DPO: dpoLoss({ beta: 0.3 }),
  "conservative DPO": dpoLoss({ beta: 0.3, labelSmoothing: 0.1 }),
  IPO: ipoLoss({ beta: 0.4 }),
  "IPO per token": ipoLoss({ beta: 0.4, isLengthNormalized: true }),
  SimPO: simPoLoss(),
  ORPO: orpoLoss(),
};
type LossName = keyof typeof losses;
export const names = Object.keys(losses) as LossName[];

interface Setting {
  readonly optimizer?: OptimizerFactory;
  readonly options?: Partial<PreferenceOptions>;
  readonly compile?: ReturnType<typeof createCompile>;
}
export const build = (
  name: LossName,
  { optimizer = adam({ learningRate: 0.05 }), ...more }: Setting = {},
) => {
  const policy = later(
    createPolicy([
      [0.4, 0.6],
      [0.3, 0.7],
      [0.8, 0.2],
    ]),
  );
  const common = { policy, optimizer, layOut, ...more };
  const loss = losses[name];
  const dpo = loss.needsReference
    ? createDpo({ ...common, loss, reference: later(createPolicy()) })
    : createDpo({ ...common, loss });
  return { policy, dpo: later(dpo) };
};

export const run = async (learner: Learner<readonly PreferencePair[]>, updates: number) => {
  const log = [];
  for (let update = 0; update < updates; update++) log.push(await learner.update(pairs));
  return log;
};
