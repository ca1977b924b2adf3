import type { TokenUsage } from "@accord-rl/core";

/** Counts answers and their tokens. */
export interface Meter extends TokenUsage {
  readonly answers: number;
}

/** A meter that starts at 0. */
export const createMeter = (): Meter & { readonly add: (usage: Partial<TokenUsage>) => void } => {
  const counts = { answers: 0, inputTokens: 0, outputTokens: 0 };
  return {
    get answers() {
      return counts.answers;
    },
    get inputTokens() {
      return counts.inputTokens;
    },
    get outputTokens() {
      return counts.outputTokens;
    },
    add: ({ inputTokens = 0, outputTokens = 0 }) => {
      counts.answers++;
      counts.inputTokens += inputTokens;
      counts.outputTokens += outputTokens;
    },
  };
};
