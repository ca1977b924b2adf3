import type { Parameters } from "@accord-rl/core";

/**
 * Counts the updates of a policy without being told of them: an optimizer that assigns a variable gives it other data.
 * Assignments between two looks count as one update, so a policy that looks once per rollout counts rollouts' updates.
 */
export const createVersionCounter = (parameters: Parameters) => {
  const look = () => Object.values(parameters).map(({ dataId }) => dataId);
  let version = 0;
  let seen = look();
  return {
    current: (): number => {
      const now = look();
      if (now.some((dataId, index) => dataId !== seen[index])) version++;
      seen = now;
      return version;
    },
    /** Takes the data as they are now without counting: recording a compiled call gives shared variables their own. */
    settle: (): void => {
      seen = look();
    },
    restore: (value: number): void => {
      version = value;
      seen = look();
    },
  };
};
