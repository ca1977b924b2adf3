import type {
  Actor,
  Algorithm,
  Compile,
  ControlObservations,
  Environment,
  Random,
  Rollout,
} from "@accord-rl/core";

export type ControlTaskName = "cartpole" | "acrobot";

/** What a task of classic control gives: an algorithm takes from it what it needs. */
export interface ControlSetting {
  readonly task: ControlTaskName;
  /** So many of the task's environments side by side. */
  readonly environment: (size: number) => Environment;
  readonly observationShape: readonly number[];
  /** A. */
  readonly actions: number;
  /** What was asked for; undefined: as many as the algorithm is usually given. */
  readonly steps: number | undefined;
  readonly random: Random;
  readonly compile: Compile;
}

/** What comes of it. */
export interface ControlLearner {
  readonly algorithm: Algorithm<Actor, Rollout<ControlObservations>>;
  readonly environment: Environment;
  /** Steps of each environment between two updates. */
  readonly rolloutSteps: number;
  /** Steps of all environments together. */
  readonly steps: number;
  /** What is evaluated in the end, such as the most likely action instead of a drawn one. Default: the algorithm's actor. */
  readonly evaluated?: Actor;
}

/** Swapping the algorithm is swapping this function. */
export type ControlAlgorithm = (setting: ControlSetting) => ControlLearner;
