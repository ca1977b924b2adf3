import { InvalidArgumentError, type LanguageModel, type TextBatch, type TextExample } from "@accord-rl/core";
import { padSequences } from "@accord-rl/math";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** What a language model is asked, and which of its answers count. */
export type TextTensors = {
  /** [B, L] int32: all tokens but the last. */
  readonly tokenIds: Tensor2D;
  /** [B, L] float32. */
  readonly tokenMask: Tensor2D;
  /** [K] int32: the learned positions in [0, B·L). */
  readonly positions: Tensor1D;
  /** [K] int32: the token that follows each. */
  readonly targets: Tensor1D;
  /** [K] float32: each position's weight. */
  readonly weights: Tensor1D;
};

/** The first token that is learned; nothing predicts token 0. */
const firstLearned = ({ completionStart }: TextExample): number => Math.max(1, completionStart);

const isLearned = (example: TextExample, index: number): boolean =>
  index >= firstLearned(example) && (example.mask === undefined || example.mask[index] === 1);

/** Learned tokens of an example. */
export const learnedTokens = (example: TextExample): number => {
  if (example.mask === undefined) return example.tokens.length - firstLearned(example);
  return Array.from(example.tokens).filter((_, index) => isLearned(example, index)).length;
};

const check = (isFine: boolean, index: number, value: unknown, problem: () => string): void => {
  if (isFine) return;
  const message = `sft: example ${index} ${problem()}`;
  throw new InvalidArgumentError({ argument: "batch", value, message });
};

/**
 * Refuses what can't be learned from, before anything is computed.
 *
 * @throws InvalidArgumentError that names the example.
 */
export const checkTextBatch = (
  batch: TextBatch,
  { contextLength, vocabularySize }: Pick<LanguageModel, "contextLength" | "vocabularySize">,
): void => {
  batch.forEach((example, index) => {
    const { tokens, completionStart, mask, weight = 1 } = example;
    check(
      mask === undefined ||
        (mask.length === tokens.length && Array.from(mask).every((flag) => flag === 0 || flag === 1)),
      index,
      mask,
      () =>
        `has ${tokens.length} tokens and a mask of ${mask?.length}, expected as many, each of them 0 or 1`,
    );
    check(
      Number.isSafeInteger(completionStart) && completionStart >= 0 && learnedTokens(example) >= 1,
      index,
      example,
      () =>
        `has ${tokens.length} tokens and completionStart ${completionStart}, expected at least one token from there on, after the first${mask ? ", whose mask is 1" : ""}`,
    );
    check(tokens.length - 1 <= contextLength, index, example, () => {
      return `has ${tokens.length} tokens, expected at most ${contextLength + 1} for a context of ${contextLength}; cut it`;
    });
    check(Number.isFinite(weight) && weight >= 0, index, weight, () => {
      return `has weight ${weight}, expected a number of 0 or more`;
    });
    const stray = Array.from(tokens).find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
    check(stray === undefined, index, stray, () => {
      return `holds token id ${stray}, expected integers from 0 to ${vocabularySize - 1}; is it of another tokenizer?`;
    });
  });
  const total = batch.reduce((sum, { weight = 1 }) => sum + weight, 0);
  if (total > 0) return;
  const message = `sft: the batch has ${batch.length} examples with total weight ${total}, expected some with weight`;
  throw new InvalidArgumentError({ argument: "batch", value: total, message });
};

/**
 * Cuts a batch into parts of at most `limit` padded tokens each, of similar lengths; longer examples go alone.
 *
 * @param limit  null = one part.
 */
export const cutByTokens = (batch: TextBatch, limit: number | null): TextExample[][] => {
  if (limit === null) return [[...batch]];
  const parts: TextExample[][] = [];
  for (const example of [...batch].sort((left, right) => right.tokens.length - left.tokens.length)) {
    const part = parts.at(-1);
    // The first one of a part is its longest: all are padded to it.
    const longest = (part?.[0] ?? example).tokens.length - 1;
    if (part && (part.length + 1) * longest <= limit) part.push(example);
    else parts.push([example]);
  }
  return parts;
};

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/**
 * Lays examples out for a model. The caller owns the tensors.
 *
 * @param options.round  B·L and K are rounded up to this many positions per row, so that texts of different lengths have few
 *   different shapes; what is added has no weight. Default 1: nothing is added.
 * @param options.contextLength  L is not rounded up beyond it.
 */
export const textTensors = (
  examples: TextBatch,
  { round = 1, contextLength = Number.POSITIVE_INFINITY }: { round?: number; contextLength?: number } = {},
): TextTensors => {
  const inputs = examples.map(({ tokens }) => Array.from(tokens).slice(0, -1));
  const longest = Math.max(...inputs.map((input) => input.length));
  const length = Math.min(roundUp(longest, round), Math.max(longest, contextLength));
  const learned = examples.flatMap((example, row) => {
    const weight = example.weight ?? 1;
    return Array.from(example.tokens, (target, index) => ({
      index,
      item: { position: row * length + index - 1, target, weight },
    })).flatMap(({ index, item }) => (isLearned(example, index) ? [item] : []));
  });
  const all = examples.length * length;
  const count = Math.min(all, roundUp(learned.length, round * examples.length));
  const nothing = (position: number) => ({ position, target: 0, weight: 0 });
  const items =
    round === 1 ? learned : [...learned, ...Array.from({ length: count - learned.length }, () => nothing(0))];
  // Where all positions are taken they stand in their order, so that nothing has to be gathered.
  if (items.length === all) {
    const byPosition = new Map(learned.map((item) => [item.position, item]));
    items.splice(0, all, ...Array.from({ length: all }, (_, i) => byPosition.get(i) ?? nothing(i)));
  }
  const column = (name: keyof (typeof items)[number], dtype: "int32" | "float32"): Tensor1D =>
    tf.tensor1d(
      items.map((item) => item[name]),
      dtype,
    );
  return {
    ...padSequences(inputs, { side: "right", length }),
    positions: column("position", "int32"),
    targets: column("target", "int32"),
    weights: column("weight", "float32"),
  };
};
