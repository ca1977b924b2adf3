import { InvalidArgumentError } from "@accord-rl/core";
import type { LossAggregation, WhitenOptions } from "@accord-rl/math";

/** What the advantages are whitened over, and which variance. */
export interface Whitening {
  /** The whole batch once per update, or each minibatch by itself (CleanRL, stable-baselines3). Default "batch". */
  readonly scope?: "batch" | "minibatch";
  /** Default "biased" (÷ n: Ziegler et al. 2019, OpenRLHF); "unbiased" (÷ n − 1) is what TRL and verl do. */
  readonly variance?: NonNullable<WhitenOptions["variance"]>;
}

/** The numbers that every on-policy algorithm has; each has its own defaults. */
export interface CommonOptions {
  /** c_v, what the value loss ½(V − R)² is multiplied by. */
  readonly valueCoefficient: number;
  /** c_e. Above 0 the policy must give its entropy, which is costly over a large vocabulary. */
  readonly entropyCoefficient: number;
  /** Rows that are in memory at once; null = the whole minibatch. Changes memory and speed, not the result. */
  readonly microBatchSize: number | null;
  /** How tokens become one loss, over the minibatch. */
  readonly aggregation: LossAggregation;
  /** null = advantages as they are. */
  readonly whitening: Whitening | null;
  /** Scale the shaped rewards to variance 1, keeping their mean (Ziegler et al. 2019). Default false. */
  readonly scaleRewards: boolean;
  /**
   * What to do when scoring disagrees with the recorded log-probs before the first step: "error", or
   * "warn-and-truncate" for bfloat16 or remote engines. Default "error".
   */
  readonly behaviourMismatch: "error" | "warn-and-truncate";
}

/** Of algorithms that pass over a batch more than once. */
export interface PassOptions {
  /** Passes over the batch. */
  readonly epochs: number;
  /** Optimizer steps per epoch. */
  readonly minibatches: number;
  /** Nats per token: stops the update before the step of a minibatch whose approxKl is above; null = never. */
  readonly maxApproxKl: number | null;
}

/** What a number must be, and how to say so. */
export type Rule = readonly [isFine: (value: number) => boolean, expected: string];

export const positive: Rule = [(value) => value > 0, "a number above 0"];
export const notNegative: Rule = [(value) => value >= 0 && Number.isFinite(value), "a number of 0 or more"];
export const rate: Rule = [(value) => value >= 0 && value <= 1, "a number from 0 to 1"];
export const count: Rule = [(value) => Number.isSafeInteger(value) && value >= 1, "an integer of 1 or more"];

/** For the options that every on-policy algorithm shares. */
export const commonRules = {
  valueCoefficient: notNegative,
  entropyCoefficient: notNegative,
  discount: rate,
  gaeLambda: rate,
  microBatchSize: count,
  epochs: count,
  minibatches: count,
  maxApproxKl: positive,
} as const satisfies Readonly<Record<string, Rule>>;

/**
 * The defaults with what was given; unknown names and impossible values throw.
 *
 * @param rules  for the numbers; those that the defaults lack are passed over.
 * @param nullable  the numbers that may be null.
 */
export const resolveOptions = <O extends Omit<CommonOptions, "aggregation">>({
  where,
  defaults,
  given = {},
  rules,
  nullable,
}: {
  readonly where: string;
  readonly defaults: O;
  readonly given: Partial<O> | undefined;
  readonly rules: { readonly [K in keyof O]?: Rule };
  readonly nullable: readonly (keyof O)[];
}): O => {
  const fail = (argument: string, value: unknown, expected: string): never => {
    const message = `${where}: ${argument} is ${String(value)}, expected ${expected}`;
    throw new InvalidArgumentError({ argument, value, message });
  };
  const unknown = Object.keys(given).find((name) => !(name in defaults));
  if (unknown) fail(unknown, given[unknown as keyof O], `one of ${Object.keys(defaults).join(", ")}`);
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options: O = { ...defaults, ...set };
  for (const [name, [isFine, expected]] of Object.entries(rules) as [string & keyof O, Rule][]) {
    const value: unknown = options[name];
    if (!(name in defaults) || (value === null && nullable.includes(name))) continue;
    if (typeof value !== "number" || !isFine(value)) fail(name, value, expected);
  }
  const { scope = "batch", variance = "biased" } = options.whitening ?? {};
  if (!["batch", "minibatch"].includes(scope)) fail("whitening.scope", scope, '"batch" or "minibatch"');
  if (!["biased", "unbiased"].includes(variance))
    fail("whitening.variance", variance, '"biased" or "unbiased"');
  if (!["error", "warn-and-truncate"].includes(options.behaviourMismatch)) {
    fail("behaviourMismatch", options.behaviourMismatch, '"error" or "warn-and-truncate"');
  }
  return Object.freeze(options);
};
