import {
  finitePositive,
  InvalidArgumentError,
  type Json,
  NonFiniteError,
  requireNumber,
  requireRule,
  type Stateful,
} from "@accord-rl/core";

/** Decides β: reads the KL after each update and gives the coefficient of the next. */
export interface KlController extends Stateful {
  /** β. */
  readonly coefficient: number;
  /** The measured KL per sequence (nats), and how many sequences it is a mean over. */
  observe(measured: { readonly klNats: number; readonly sequences: number }): void;
}

/** A coefficient plus one number that moves it; the state names its controller so that another's is refused. */
const createController = (
  kind: string,
  initial: number,
  coefficientAt: (position: number) => number,
  advance: (position: number, measured: { klNats: number; sequences: number }) => number,
): KlController => {
  let position = initial;
  return {
    get coefficient() {
      return coefficientAt(position);
    },
    observe: (measured) => {
      if (!Number.isFinite(measured.klNats)) {
        throw new NonFiniteError({
          quantity: "klNats",
          value: measured.klNats,
          hint: "The measured KL can't steer its coefficient; lower the learning rate.",
        });
      }
      position = advance(position, measured);
    },
    state: async () => ({ tensors: {}, json: { controller: kind, position } }),
    restore: ({ json }) => {
      const saved = json as { readonly [key: string]: Json } | null;
      if (saved?.controller !== kind || typeof saved.position !== "number") {
        throw new InvalidArgumentError({
          argument: "state",
          value: json,
          message: `${kind}.restore: the state is of ${JSON.stringify(saved?.controller ?? json)}, expected "${kind}"; resume with the controller that the run began with`,
        });
      }
      position = saved.position;
    },
  };
};

/** β stays. @param coefficient β ≥ 0. */
export const fixed = (coefficient: number): KlController => {
  requireNumber("fixed", "coefficient", coefficient, [0, Number.POSITIVE_INFINITY]);
  return createController(
    "fixed",
    0,
    () => coefficient,
    (position) => position,
  );
};

/**
 * Steers the KL to a target: β ← β·(1 + e·n/horizon), e = clip(KL/target − 1, −limit, limit), n sequences.
 *
 * @param options.initial  β₀ > 0.
 * @param options.target   nats per sequence, > 0.
 * @param options.horizon  sequences, > limit·n. Default 10,000 (the paper's).
 * @param options.limit    of the proportional error. Default 0.2 (the paper's).
 * @see Ziegler et al. 2019, §2.2. https://arxiv.org/abs/1909.08593
 */
export const adaptive = ({
  initial,
  target,
  horizon = 10_000,
  limit = 0.2,
}: {
  readonly initial: number;
  readonly target: number;
  readonly horizon?: number;
  readonly limit?: number;
}): KlController => {
  for (const [name, value] of Object.entries({ initial, target, horizon, limit })) {
    requireRule("adaptive", name, value, finitePositive);
  }
  return createController(
    "adaptive",
    initial,
    (coefficient) => coefficient,
    (coefficient, { klNats, sequences }) => {
      if (limit * sequences >= horizon) {
        throw new InvalidArgumentError({
          argument: "horizon",
          value: horizon,
          message: `adaptive: horizon is ${horizon}, expected more than ${limit} × the ${sequences} sequences of an update, or the coefficient could turn negative; raise the horizon`,
        });
      }
      const error = Math.min(Math.max(klNats / target - 1, -limit), limit);
      return coefficient * (1 + (error * sequences) / horizon);
    },
  );
};

/** β goes from `from` to `to` in a straight line over `steps` updates, then stays. */
export const linearSchedule = ({
  from,
  to,
  steps,
}: {
  readonly from: number;
  readonly to: number;
  /** Updates. */
  readonly steps: number;
}): KlController => {
  requireNumber("linearSchedule", "from", from, [0, Number.POSITIVE_INFINITY]);
  requireNumber("linearSchedule", "to", to, [0, Number.POSITIVE_INFINITY]);
  requireRule("linearSchedule", "steps", steps, finitePositive);
  return createController(
    "linearSchedule",
    0,
    (step) => from + (to - from) * Math.min(step / steps, 1),
    (step) => step + 1,
  );
};
