/** One step, or n of them as one: what Q-learning learns from. */
export interface Transition {
  /** s, flattened. */
  readonly observation: Float32Array;
  readonly action: number;
  /** Σ_{i<m} γ^i·r_i over the m steps that it spans. */
  readonly reward: number;
  /** γ^m; 0 where the episode terminated, so that nothing is bootstrapped. */
  readonly discount: number;
  /** The state after the m steps, flattened. */
  readonly successor: Float32Array;
}

/** Transitions column by column, [N] each. */
export interface TransitionColumns {
  /** [N × observation]. */
  readonly observations: Float32Array;
  readonly actions: Int32Array;
  readonly rewards: Float32Array;
  readonly discounts: Float32Array;
  /** [N × observation]. */
  readonly successors: Float32Array;
}
