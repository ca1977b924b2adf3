import type { Compile, RewardSource, TextObservations, Tokenizer, ValueFunction } from "@accord-rl/core";
import type { TextPolicy } from "@accord-rl/language-model";

/** Who takes part while a policy improves. */
export interface Actors {
  /** Trained. */
  readonly policy: TextPolicy;
  /** Frozen; what the policy stays near. */
  readonly reference: TextPolicy;
  /** Made where the algorithm asks for it. */
  readonly values: () => ValueFunction<TextObservations>;
  readonly reward: RewardSource;
  readonly tokenizer: Tokenizer;
  /** Default: op by op. */
  readonly compile?: Compile;
}
