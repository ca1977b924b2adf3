import type { Rollout } from "./rollout.ts";
import type { Disposable, Stateful } from "./stateful.ts";

/** Metrics of one update, as plain numbers. */
export type Stats = Readonly<Record<string, number>>;

/** Something that learns from batches. */
export interface Learner<Batch> extends Stateful, Disposable {
  update(batch: Batch): Promise<Stats>;
}

/** A learner that also acts. `actor` is the policy itself, or one derived from it (ε-greedy, value-guided). */
export interface Algorithm<Actor, R extends Rollout> extends Learner<R> {
  readonly actor: Actor;
}

/** Where metrics go. */
export interface Tracker {
  log(step: number, metrics: Stats): void;
}
