import type { Parameters, Stateful } from "@accord-rl/core";
import { parametersState, restoreParameters } from "@accord-rl/math";

/** All of a target's parameters as a part of a state, also those that it shares with a policy of its own. */
export const targetPart = (target: Parameters, where: string): Stateful => ({
  state: async () => ({ tensors: await parametersState(target), json: null }),
  restore: ({ tensors }) => restoreParameters(target, tensors, where),
});
