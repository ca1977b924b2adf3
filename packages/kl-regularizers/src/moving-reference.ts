import {
  InvalidArgumentError,
  type Json,
  joinStates,
  type KlRegularizer,
  type Observations,
  type Policy,
  requireCount,
  splitState,
  type Trainable,
} from "@accord-rl/core";
import { checkTarget, followParameters, undoOnError } from "@accord-rl/learning";

/** How far a reference goes towards the policy. */
export interface ReferenceUpdate {
  readonly name: string;
  /** The share of the way after this many updates of the policy, from 0 (stays) to 1 (becomes it). */
  rateAt(updates: number): number;
}

/**
 * The reference becomes the policy after every so many updates; in between it is frozen.
 *
 * @see Gorbatovski et al. 2024 (TR-DPO, hard update). https://arxiv.org/abs/2404.09656
 */
export const periodicSync = ({ every }: { readonly every: number }): ReferenceUpdate => {
  requireCount("periodicSync", "every", every);
  return {
    name: `the policy, every ${every} updates`,
    rateAt: (updates) => (updates % every === 0 ? 1 : 0),
  };
};

/**
 * The reference is a moving average of the policy: θ_ref ← decay·θ_ref + (1 − decay)·θ.
 *
 * @param options.decay  in [0, 1).
 * @param options.every  how often, in updates. Default 1.
 * @see Ramé et al. 2024 (WARP). https://arxiv.org/abs/2406.16768
 */
export const movingAverage = ({
  decay,
  every = 1,
}: {
  readonly decay: number;
  readonly every?: number;
}): ReferenceUpdate => {
  requireCount("movingAverage", "every", every);
  if (!(decay >= 0 && decay < 1)) {
    const message = `movingAverage: decay is ${decay}, expected a number of 0 or more, below 1; leave the reference as it is for 1`;
    throw new InvalidArgumentError({ argument: "decay", value: decay, message });
  }
  return {
    name: `a moving average of the policy, ${decay} kept every ${every} updates`,
    rateAt: (updates) => (updates % every === 0 ? 1 - decay : 0),
  };
};

export interface MovingReferenceOptions<Obs extends Observations> {
  /** The regularizer's own reference: with parameters of its own, as many as the policy's. */
  readonly reference: Policy<Obs>;
  /** What is trained. */
  readonly policy: Trainable;
  /** `periodicSync` or `movingAverage`. */
  readonly update: ReferenceUpdate;
}

const readUpdates = (json: Json, name: string): number => {
  const saved = json as { readonly updates?: unknown; readonly reference?: unknown } | null;
  const updates = saved?.updates;
  if (saved?.reference === name && Number.isSafeInteger(updates) && (updates as number) >= 0) {
    return updates as number;
  }
  throw new InvalidArgumentError({
    argument: "state",
    value: json,
    message: `KlRegularizer.restore: the state's reference is ${JSON.stringify(json)}, expected ${name}; resume with the reference that the run began with`,
  });
};

/**
 * A regularizer whose reference follows the policy, instead of staying where it was.
 *
 * The reference moves after each update, when the algorithm reports the measured KL; it is part of the state.
 *
 * @param regularizer  made with the same `reference`.
 * @throws InvalidArgumentError when the reference has other parameters than the policy, or the policy's own.
 */
export const followPolicy = <Obs extends Observations>(
  regularizer: KlRegularizer<Obs>,
  { reference, policy, update }: MovingReferenceOptions<Obs>,
): KlRegularizer<Obs> => {
  checkTarget("followPolicy", reference.parameters, policy.parameters);
  const name = `${regularizer.name}, reference: ${update.name}`;
  let updates = 0;
  return {
    name,
    placement: regularizer.placement,
    semantics: regularizer.semantics,
    request: regularizer.request,
    get coefficient() {
      return regularizer.coefficient;
    },
    evaluateReference: (batch) => regularizer.evaluateReference(batch),
    penalty: (inputs) => regularizer.penalty(inputs),
    observe: (measured) => {
      regularizer.observe(measured);
      updates += 1;
      const rate = update.rateAt(updates);
      if (rate > 0) followParameters(reference.parameters, policy.parameters, rate);
    },
    state: async () =>
      joinStates({
        regularizer: await regularizer.state(),
        reference: await reference.state(),
        following: { tensors: {}, json: { reference: update.name, updates } },
      }),
    restore: (state) => {
      const parts = splitState(state, ["regularizer", "reference", "following"], "KlRegularizer.restore");
      const restored = readUpdates(parts.following.json, update.name);
      undoOnError(reference.parameters, () => {
        reference.restore(parts.reference);
        regularizer.restore(parts.regularizer);
      });
      updates = restored;
    },
  };
};
