import { InvalidArgumentError } from "@accord-rl/core";
import { type LossAggregation, tokenMean, type WhitenOptions } from "@accord-rl/math";

/** What the advantages are whitened over, and which variance. */
export interface Whitening {
  /** The whole batch once per update, or each minibatch by itself (CleanRL, stable-baselines3). Default "batch". */
  readonly scope?: "batch" | "minibatch";
  /** Default "biased" (÷ n: Ziegler et al. 2019, OpenRLHF); "unbiased" (÷ n − 1) is what TRL and verl do. */
  readonly variance?: NonNullable<WhitenOptions["variance"]>;
}

/** The numbers of PPO. Optimizer, regularizer and SFT mix are objects of their own. */
export interface PpoOptions {
  /** ε of the policy's ratio. (0, ∞], default 0.2 (Schulman et al. 2017). */
  readonly clipEpsilon: number;
  /** ε_v, in units of the values; null = no clipping. Default 0.2 (Ziegler et al. 2019). */
  readonly valueClipEpsilon: number | null;
  /** c > 1, the bound on the loss of negative advantages; null = none. Default null; verl uses 3. */
  readonly dualClip: number | null;
  /** c_v. Default 0.1 (Ziegler et al. 2019). */
  readonly valueCoefficient: number;
  /** c_e. Default 0; above it the policy must give its entropy, which is costly over a large vocabulary. */
  readonly entropyCoefficient: number;
  /** γ in [0, 1]. Default 1: a response is one episode. */
  readonly discount: number;
  /** λ in [0, 1]. Default 0.95. */
  readonly gaeLambda: number;
  /** Passes over the batch. Default 4. */
  readonly epochs: number;
  /** Optimizer steps per epoch. Default 1 (Ziegler et al. 2019, TRL). */
  readonly minibatches: number;
  /** Rows that are in memory at once; null = the whole minibatch. Changes memory and speed, not the result. */
  readonly microBatchSize: number | null;
  /** Nats per token: stops the update before the step of a minibatch whose approxKl is above; null = never. */
  readonly maxApproxKl: number | null;
  /** How tokens become one loss, over the minibatch. Default `tokenMean`. */
  readonly aggregation: LossAggregation;
  /** null = advantages as they are. Default: the batch, biased. */
  readonly whitening: Whitening | null;
  /** Scale the shaped rewards to variance 1, keeping their mean (Ziegler et al. 2019). Default false. */
  readonly scaleRewards: boolean;
  /**
   * What to do when scoring disagrees with the recorded log-probs before the first step: "error", or
   * "warn-and-truncate" for bfloat16 or remote engines. Default "error".
   */
  readonly behaviourMismatch: "error" | "warn-and-truncate";
}

export const ppoDefaults: PpoOptions = Object.freeze({
  clipEpsilon: 0.2,
  valueClipEpsilon: 0.2,
  dualClip: null,
  valueCoefficient: 0.1,
  entropyCoefficient: 0,
  discount: 1,
  gaeLambda: 0.95,
  epochs: 4,
  minibatches: 1,
  microBatchSize: null,
  maxApproxKl: null,
  aggregation: tokenMean,
  whitening: Object.freeze({ scope: "batch", variance: "biased" }),
  scaleRewards: false,
  behaviourMismatch: "error",
});

type Rule = readonly [isFine: (value: number) => boolean, expected: string];

const positive: Rule = [(value) => value > 0, "a number above 0"];
const notNegative: Rule = [(value) => value >= 0 && Number.isFinite(value), "a number of 0 or more"];
const rate: Rule = [(value) => value >= 0 && value <= 1, "a number from 0 to 1"];
const count: Rule = [(value) => Number.isSafeInteger(value) && value >= 1, "an integer of 1 or more"];

const rules: Partial<Record<keyof PpoOptions, Rule>> = {
  clipEpsilon: positive,
  valueClipEpsilon: positive,
  dualClip: [(value) => value > 1, "a number above 1, such as 3, or null"],
  valueCoefficient: notNegative,
  entropyCoefficient: notNegative,
  discount: rate,
  gaeLambda: rate,
  epochs: count,
  minibatches: count,
  microBatchSize: count,
  maxApproxKl: positive,
};

const fail = (argument: string, value: unknown, expected: string): never => {
  const message = `createPpo: ${argument} is ${String(value)}, expected ${expected}`;
  throw new InvalidArgumentError({ argument, value, message });
};

/** The defaults with what was given; unknown names and impossible values throw. */
export const resolvePpoOptions = (given: Partial<PpoOptions> = {}): PpoOptions => {
  const unknown = Object.keys(given).find((name) => !(name in ppoDefaults));
  if (unknown)
    fail(unknown, given[unknown as keyof PpoOptions], `one of ${Object.keys(ppoDefaults).join(", ")}`);
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options: PpoOptions = { ...ppoDefaults, ...set };
  for (const [name, [isFine, expected]] of Object.entries(rules)) {
    const value = options[name as keyof PpoOptions];
    const isOff = value === null && ppoDefaults[name as keyof PpoOptions] === null;
    if (isOff || (value === null && name === "valueClipEpsilon")) continue;
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
