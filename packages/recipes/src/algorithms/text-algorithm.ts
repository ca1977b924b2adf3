import type {
  Algorithm,
  Compile,
  GroupedRollout,
  KlRegularizer,
  Policy,
  Random,
  ReferencePolicy,
  TextActor,
  TextObservations,
  ValueFunction,
} from "@accord-rl/core";
import type { OptimizerFactory } from "@accord-rl/learning";

/** A policy that writes, whatever it is made of. */
export type WritingPolicy = Policy<TextObservations> & TextActor;

/** What a task gives: an algorithm takes from it what it needs. */
export interface TextSetting {
  /** Trained; begins as the reference. */
  readonly policy: WritingPolicy;
  /** Frozen. */
  readonly reference: WritingPolicy;
  /** V(s), made when it is asked for. */
  readonly values: () => ValueFunction<TextObservations>;
  /** β·KL(policy ‖ reference), for policy gradients. */
  readonly regularizer: () => KlRegularizer<TextObservations>;
  /** β, for algorithms that have one of their own. */
  readonly beta: number;
  /** An optimizer whose schedule fits so many steps per iteration. */
  readonly optimizer: (stepsPerIteration: number) => OptimizerFactory;
  readonly epochs: number;
  readonly minibatches: number;
  readonly microBatchSize: number | null;
  /** What policy gradients do where scoring disagrees with what was sampled: products in bfloat16 make it so. */
  readonly behaviourMismatch: "error" | "warn-and-truncate";
  /** Advantages as they are, and values as fast as the policy: what a task with a known optimum needs. */
  readonly isExact: boolean;
  readonly random: Random;
  readonly compile: Compile;
}

/** What samples and, in the end, is judged: it can score what was written. */
export type Author = TextActor & ReferencePolicy<TextObservations>;

/** What comes of it. */
export interface TextLearner {
  readonly algorithm: Algorithm<Author, GroupedRollout<TextObservations>>;
  /** Responses to each prompt; default 1. The number of responses per iteration is the same for all. */
  readonly samplesPerPrompt?: number;
}

/** Swapping the algorithm is swapping this function. */
export type TextAlgorithm = (setting: TextSetting) => TextLearner;
