import type { Json, TextSample } from "@accord-rl/core";

/** What monitors read of a sample; a `TextSample` is one. */
export type MonitoredSample = Pick<TextSample, "prompt" | "response"> &
  Partial<Pick<TextSample, "responseTokens">>;

/** One iteration of training, as monitors see it. What is not given is not monitored. */
export interface Observation {
  /** Grows from one observation to the next. */
  readonly iteration: number;
  /** B responses of the policy that is being trained. */
  readonly samples: readonly MonitoredSample[];
  /** [B] the reward that is optimised; null = the source abstained. */
  readonly scores?: readonly (number | null)[];
  /** [B] what the reward stands for, measured by something that training does not see. */
  readonly gold?: readonly number[];
  /** [B] how far the members of a reward-model ensemble differ on a sample. */
  readonly uncertainties?: readonly number[];
  /** KL(policy ‖ reference), nats per response. */
  readonly klNats?: number;
  /** Nats per token. */
  readonly entropy?: number;
}

/** One number of an iteration. */
export interface Measurement {
  readonly value: number;
  /** [B] what each sample adds to it, to find those that an alarm is about. */
  readonly perSample?: readonly number[];
  /** What the next measurement needs to know of this one and those before. */
  readonly memory?: Json;
}

/** Something that can be measured at every iteration, and whose change may be suspicious. A function of its inputs alone. */
export interface Signal {
  readonly name: string;
  /** What the number is, for an alarm's reason. */
  readonly label: string;
  /** The changes that are suspicious: 1 = a rise, −1 = a fall. */
  readonly sides: readonly (1 | -1)[];
  /** The least deviation that counts, where clean runs hardly vary. */
  readonly resolution: number;
  /** @param memory  of the measurement before; null at first. @returns undefined where it can't be measured. */
  readonly measure: (observation: Observation, memory: Json) => Measurement | undefined;
}

/** Signals as numbers, by name; where one could not be measured it is missing. */
export type SignalValues = Readonly<Record<string, number>>;

/** When a signal raises an alarm: Σ (change beyond the tolerance, in deviations, − drift) above the limit. */
export interface Threshold {
  /** Usual value. */
  readonly center: number;
  /** Of one iteration's value around it. */
  readonly deviation: number;
  /** A change of so much is allowed; in the signal's own unit. Default 0. */
  readonly tolerance?: number;
  /** k of CUSUM: deviations per iteration that add nothing up. Default 0.5. */
  readonly drift?: number;
  /** h of CUSUM, in deviations. */
  readonly limit: number;
}

export type Thresholds = Readonly<Record<string, Threshold>>;

export interface AlarmSample {
  /** Its place in the iteration's samples. */
  readonly index: number;
  readonly prompt: string;
  readonly response: string;
}

/** Something that should not happen in a clean run. */
export interface Alarm {
  readonly iteration: number;
  /** The signal's name. */
  readonly monitor: string;
  /** What was measured, what is usual, and since when it differs. */
  readonly reason: string;
  /** The samples that show it best; those of the highest scores, where the signal is of no single sample. */
  readonly samples: readonly AlarmSample[];
}
