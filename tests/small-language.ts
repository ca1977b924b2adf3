/** A language of twelve tokens, and a reward: what tests of text need besides an algorithm. */
import type { RewardSource, Tokenizer } from "@accord-rl/core";

/** A language model that is made in no time. */
export const config = {
  vocabularySize: 12,
  width: 16,
  hiddenWidth: 24,
  layers: 1,
  heads: 2,
  keyValueHeads: 1,
  contextLength: 16,
  ropeTheta: 10_000,
  ropeLayout: "half",
  normEpsilon: 1e-5,
  tiedOutput: true,
} as const;

export const tokenizer: Tokenizer = {
  vocabularySize: 12,
  beginToken: 0,
  endToken: 1,
  encode: (text) => Array.from(text, (letter) => letter.charCodeAt(0) - 95),
  decode: (tokens) => Array.from(tokens, (id) => String.fromCharCode(id + 95)).join(""),
};
export const prompts = ["ab", "c", "bcd", "a"].map((text) => [0, ...tokenizer.encode(text)]);
/** The share of letters f. */
export const reward: RewardSource = (samples) =>
  samples.map(({ response }) => response.split("f").length - 1).map((count) => count / 6);
