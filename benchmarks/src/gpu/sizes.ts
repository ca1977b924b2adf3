import type { TransformerConfig } from "@accord-rl/language-model";
import { stories15M } from "../shapes.ts";

/** How much is measured: `full` fills a GPU, `tiny` shows in a minute that the script works. */
export interface GpuSize {
  /** Of the four models of the PPO iteration, and of generation. */
  readonly policy: TransformerConfig;
  /** Of the training step, whose TFLOP/s are set against the chip's peak. */
  readonly trained: TransformerConfig;
  readonly prompts: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly trainedSequences: number;
  readonly repetitions: number;
  readonly rates: { readonly matmulSize: number; readonly copyElements: number; readonly tries: number };
}

/** Also what correctness is checked on. */
export const tinyModel: TransformerConfig = {
  ...stories15M,
  vocabularySize: 256,
  width: 32,
  hiddenWidth: 96,
  layers: 2,
  heads: 2,
  keyValueHeads: 1,
  contextLength: 64,
};

export const sizes = {
  full: {
    policy: stories15M,
    trained: {
      ...stories15M,
      width: 768,
      hiddenWidth: 2048,
      layers: 12,
      heads: 12,
      keyValueHeads: 12,
      contextLength: 512,
    },
    prompts: 64,
    promptTokens: 16,
    newTokens: 112,
    trainedSequences: 16,
    repetitions: 5,
    rates: { matmulSize: 8192, copyElements: 2 ** 27, tries: 7 },
  },
  tiny: {
    policy: tinyModel,
    trained: tinyModel,
    prompts: 4,
    promptTokens: 4,
    newTokens: 12,
    trainedSequences: 4,
    repetitions: 2,
    rates: { matmulSize: 256, copyElements: 2 ** 18, tries: 3 },
  },
} as const satisfies Record<string, GpuSize>;

export type GpuSizeName = keyof typeof sizes;
