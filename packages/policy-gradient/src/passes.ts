import { InvalidArgumentError, type Random } from "@accord-rl/core";
import { evenParts } from "./batch.ts";
import type { PassOptions } from "./options.ts";
import type { TakingPart } from "./rows.ts";

export interface StepOptions extends Partial<Pick<PassOptions, "maxApproxKl">> {
  /** Whether it is the only step of the update, which then can be one call. Default: false. */
  readonly isOnly?: boolean;
}

export interface PassTools extends Pick<TakingPart, "indices" | "rowCount"> {
  /** Of the algorithm, for shuffling. */
  readonly random?: Random | undefined;
  /** For errors. */
  readonly name: string;
  /**
   * One optimizer step on these rows.
   *
   * @returns false when it was not made, because the policy has moved too far already.
   */
  step(rows: readonly number[], options?: StepOptions): Promise<boolean>;
}

/** How a batch is gone through. @returns the passes over it, counted by the steps that were made. */
export type Passes = (tools: PassTools) => Promise<number>;

/** One step on everything. */
export const onePass: Passes = async ({ indices, step }) => Number(await step(indices, { isOnly: true }));

const requireEnough = (name: string, rowCount: number, minibatches: number): void => {
  if (rowCount >= minibatches) return;
  throw new InvalidArgumentError({
    argument: "minibatches",
    value: minibatches,
    message: `${name}.update: the rollout has ${rowCount} rows, expected at least one for each of the ${minibatches} minibatches`,
  });
};

/** Epochs over shuffled minibatches, until the policy has moved too far. */
export const overEpochs =
  ({ epochs, minibatches, maxApproxKl }: PassOptions): Passes =>
  async ({ name, indices, rowCount, random, step }) => {
    requireEnough(name, rowCount, minibatches);
    const stepsPerEpoch = Math.min(minibatches, indices.length);
    let taken = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = random?.shuffle(indices) ?? indices;
      for (const [start, end] of evenParts(order.length, stepsPerEpoch)) {
        if (!(await step(order.slice(start, end), { maxApproxKl }))) return taken / stepsPerEpoch;
        taken += 1;
      }
    }
    return taken / stepsPerEpoch;
  };
