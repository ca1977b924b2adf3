import { finitePositive, requireRule } from "@accord-rl/core";

/** A number that changes over a run; `step` counts the updates made so far, from 0. */
export type Schedule = (step: number) => number;

/** Share of `steps` that has passed, at most 1. */
const progress = (step: number, steps: number): number => Math.min(Math.max(step / steps, 0), 1);

/** The same number throughout. */
export const constantSchedule =
  (value: number): Schedule =>
  () =>
    value;

export interface RampOptions {
  readonly from: number;
  readonly to: number;
  /** Updates until `to` is reached; it stays there. */
  readonly steps: number;
}

/** A straight line. */
export const linearSchedule = ({ from, to, steps }: RampOptions): Schedule => {
  requireRule("linearSchedule", "steps", steps, finitePositive);
  return (step) => from + (to - from) * progress(step, steps);
};

/**
 * Half a cosine wave.
 *
 * @see Loshchilov & Hutter 2017, SGDR, eq. 5 (without restarts). https://arxiv.org/abs/1608.03983
 */
export const cosineSchedule = ({ from, to, steps }: RampOptions): Schedule => {
  requireRule("cosineSchedule", "steps", steps, finitePositive);
  return (step) => to + ((from - to) * (1 + Math.cos(Math.PI * progress(step, steps)))) / 2;
};

/** Rises in a straight line over the first `steps` updates (update 0 gets 1/steps of it), then follows the schedule from its start. */
export const withWarmup = (schedule: Schedule, steps: number): Schedule => {
  requireRule("withWarmup", "steps", steps, finitePositive);
  return (step) => (step < steps ? (schedule(0) * (step + 1)) / steps : schedule(step - steps));
};
