import type { Stats } from "@accord-rl/core";
import { assertFinite } from "@accord-rl/math";

/**
 * Passes on the numbers of an update.
 *
 * @throws NonFiniteError that names the first one that is NaN or infinite.
 */
export const requireFiniteStats = <S extends Stats>(
  stats: S,
  { name: algorithm, update }: { readonly name: string; readonly update: number },
): S => {
  for (const [name, value] of Object.entries(stats)) {
    assertFinite(`${algorithm}: ${name}`, value, {
      step: update,
      hint: "Lower the learning rate, or bound the gradient's norm; go on from the last checkpoint.",
    });
  }
  return stats;
};

/** The mean of each number over several steps. */
export const meanStats = (steps: readonly Stats[]): Stats =>
  Object.fromEntries(
    Object.keys(steps[0] ?? {}).map((name) => [
      name,
      steps.reduce((sum, step) => sum + step[name]!, 0) / steps.length,
    ]),
  );
