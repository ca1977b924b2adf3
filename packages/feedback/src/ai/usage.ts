import type { TokenUsage } from "@accord-rl/core";

export const noUsage: TokenUsage = { inputTokens: 0, outputTokens: 0 };

export const addUsage = (a: TokenUsage, b: Partial<TokenUsage>): TokenUsage => ({
  inputTokens: a.inputTokens + (b.inputTokens ?? 0),
  outputTokens: a.outputTokens + (b.outputTokens ?? 0),
});
