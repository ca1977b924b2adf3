import { finitePositive, rate, requireRule } from "@accord-rl/core";
import type { Schedule } from "@accord-rl/learning";

/**
 * What is played, given what is known: probabilities of the A actions from their values.
 *
 * @param values  [A] Q(s, ·). @param step  environment steps acted so far. @returns [A], adding up to 1.
 */
export type Exploration = (values: Float32Array, step: number) => Float32Array;

const at = (schedule: number | Schedule, step: number): number =>
  typeof schedule === "number" ? schedule : schedule(step);

/** The first of the largest. */
export const argMax = (values: Float32Array): number => {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
};

/**
 * The best action, but with probability ε any one: ε/A + (1 − ε)·[a is best].
 *
 * @param options.epsilon  ε in [0, 1], or by the environment steps acted so far.
 */
export const epsilonGreedy = ({ epsilon }: { readonly epsilon: number | Schedule }): Exploration => {
  const check = (value: number) => requireRule("epsilonGreedy", "epsilon", value, rate);
  if (typeof epsilon === "number") check(epsilon);
  return (values, step) => {
    const share = at(epsilon, step);
    check(share);
    const probabilities = new Float32Array(values.length).fill(share / values.length);
    probabilities[argMax(values)]! += 1 - share;
    return probabilities;
  };
};

/**
 * softmax(Q/T).
 *
 * @param options.temperature  T above 0, in units of the values, or by the environment steps acted so far.
 */
export const boltzmann = ({ temperature }: { readonly temperature: number | Schedule }): Exploration => {
  const check = (value: number) => requireRule("boltzmann", "temperature", value, finitePositive);
  if (typeof temperature === "number") check(temperature);
  return (values, step) => {
    const scale = at(temperature, step);
    check(scale);
    const largest = values[argMax(values)]!;
    const powers = values.map((value) => Math.exp((value - largest) / scale));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  };
};

/** Always the best action. */
export const greedy: Exploration = (values) => {
  const probabilities = new Float32Array(values.length);
  probabilities[argMax(values)] = 1;
  return probabilities;
};
