import type { TransformerConfig } from "@accord-rl/language-model";

/** The shape of stories15M, with the rotary layout of transformers. */
export const stories15M: TransformerConfig = {
  vocabularySize: 32_000,
  width: 288,
  hiddenWidth: 768,
  layers: 6,
  heads: 6,
  keyValueHeads: 6,
  contextLength: 256,
  ropeTheta: 10_000,
  ropeLayout: "half",
  normEpsilon: 1e-5,
  tiedOutput: true,
};
