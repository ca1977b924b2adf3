import { largestDifference } from "../agreement.ts";
import type { Answers } from "./measurements.ts";

export interface Check {
  readonly name: string;
  /** Largest difference / the largest number; how many texts differ. */
  readonly difference: number;
  readonly allowed: number;
  readonly isFine: boolean;
}

/** Tensor cores round the inputs of products to 10 bits: 1e-3 of the largest number. */
const tolerance = 2e-3;

const relative = (ours: readonly number[], reference: readonly number[]): number =>
  largestDifference(ours, reference) / Math.max(1e-6, ...reference.map(Math.abs));

const check = (name: string, difference: number, allowed = tolerance): Check => ({
  name,
  difference,
  allowed,
  isFine: difference <= allowed,
});

/** Holds what a backend computed to what the CPU did: loss, gradients, one PPO iteration, the most likely texts. */
export const compareAnswers = (ours: Answers, reference: Answers): Check[] => {
  const gradients = Object.entries(reference.gradients).map(([name, expected]) =>
    relative(ours.gradients[name] ?? [], expected),
  );
  const ppo = (["loss", "policyLoss", "valueLoss", "klNats"] as const).map((name) =>
    Math.abs((ours.ppo[name] ?? Number.NaN) - (reference.ppo[name] ?? Number.NaN)),
  );
  const differing = reference.texts.filter((text, i) => text.join() !== ours.texts[i]?.join()).length;
  return [
    check("loss of a language model", relative([ours.loss], [reference.loss])),
    check("its gradients", Math.max(...gradients)),
    check("one PPO iteration: losses and KL", Math.max(...ppo)),
    check("most likely texts that differ", differing, 0),
  ];
};
