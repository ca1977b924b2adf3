import type { TransformerConfig } from "@accord-rl/language-model";

export const batches = [1, 4, 16] as const;
export const lengths = [32, 64, 128] as const;

const sized = (width: number, layers: number): TransformerConfig => ({
  vocabularySize: 4096,
  width,
  hiddenWidth: 3 * width,
  layers,
  heads: width / 32,
  keyValueHeads: width / 32,
  contextLength: 128,
  ropeTheta: 10_000,
  ropeLayout: "half",
  normEpsilon: 1e-5,
  tiedOutput: true,
});

/** Four models, each with two to four times the weights of the one before. */
export const models: readonly TransformerConfig[] = [
  sized(64, 2),
  sized(128, 4),
  sized(256, 4),
  sized(448, 6),
];

/** One point of the grid. */
export interface CostPoint {
  readonly model: TransformerConfig;
  readonly batch: number;
  /** Tokens of a sequence, in training, and of prompt and response together. */
  readonly length: number;
}

export const grid: readonly CostPoint[] = models.flatMap((model) =>
  batches.flatMap((batch) => lengths.map((length) => ({ model, batch, length }))),
);

/** What one process measures at one point. */
export interface CostMeasurement {
  readonly parameters: number;
  /** Milliseconds of a training step / its tokens. */
  readonly trainingMs: number;
  /** Milliseconds of generating / the tokens written. */
  readonly generationMs: number;
  /** Largest resident memory, MiB, of everything; and of the process before it had a model. */
  readonly residentMiB: number;
  readonly emptyMiB: number;
}

export type CostRow = CostMeasurement & Pick<CostPoint, "batch" | "length">;
