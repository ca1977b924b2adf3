import { InvalidArgumentError, type Parameters } from "@accord-rl/core";
import type { Variable } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Checks that a target has the same parameters as what it follows. @throws InvalidArgumentError */
export const checkTarget = (where: string, target: Parameters, online: Parameters): void => {
  const describe = (parameters: Parameters): string =>
    Object.entries(parameters)
      .map(([name, { shape }]) => `${name} [${shape}]`)
      .join(", ");
  const shared = Object.keys(target).some((name) => target[name] === online[name]);
  if (describe(target) === describe(online) && !shared) return;
  throw new InvalidArgumentError({
    argument: "targetValues",
    value: Object.keys(target),
    message: `${where}: the target has the parameters ${shared ? "of what it follows themselves" : describe(target)}, expected a copy of ${describe(online)}`,
  });
};

/**
 * Polyak averaging: θ̄ ← θ̄ + α·(θ − θ̄) for every parameter.
 *
 * @param rate  α in (0, 1]; 1 copies.
 * @see Lillicrap et al. 2015. https://arxiv.org/abs/1509.02971
 */
export const followParameters = (target: Parameters, online: Parameters, rate: number): void =>
  tf.tidy(() => {
    for (const [name, variable] of Object.entries(target)) {
      const followed = online[name] as Variable;
      variable.assign(
        rate === 1 ? tf.clone(followed) : tf.add(variable, tf.mul(tf.sub(followed, variable), rate)),
      );
    }
  });
