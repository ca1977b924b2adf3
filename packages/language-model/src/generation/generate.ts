import { type GenerateOptions, type Generation, NonFiniteError, type TokenSequence } from "@accord-rl/core";
import { rowDraws } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { checkCount, reject } from "../check.ts";
import type { Transformer } from "../transformer/transformer.ts";
import { chooseSampler } from "./named-sampler.ts";
import type { StartWriter, Writer } from "./writer.ts";

/** What generation needs of a policy. */
export interface GenerationSource {
  readonly model: Transformer;
  readonly stopTokens: readonly number[];
  readonly policyVersion: number;
  readonly startWriter: StartWriter;
}

const checkPrompts = (model: Transformer, prompts: readonly TokenSequence[], maxNewTokens: number): void => {
  const where = "generate";
  if (prompts.length === 0) reject(where, "prompts", prompts, "got no prompt, expected at least one");
  checkCount(where, "maxNewTokens", maxNewTokens);
  prompts.forEach((prompt, row) => {
    if (prompt.length === 0) {
      reject(
        where,
        "prompts",
        prompt,
        `prompt ${row} is empty, expected at least one token (the begin token)`,
      );
    }
    if (prompt.length + maxNewTokens > model.contextLength) {
      const message = `prompt ${row} of ${prompt.length} tokens and ${maxNewTokens} new ones exceed the model's contextLength of ${model.contextLength}; shorten the prompt or maxNewTokens`;
      reject(where, "prompts", prompt.length, message);
    }
    const wrong = Array.from(prompt).find(
      (token) => !Number.isInteger(token) || token < 0 || token >= model.vocabularySize,
    );
    if (wrong !== undefined) {
      reject(
        where,
        "prompts",
        wrong,
        `prompt ${row} holds ${wrong}, expected ids below ${model.vocabularySize}`,
      );
    }
  });
};

/** A softmax is NaN where every logit is −∞, or one of them is NaN: no token can be drawn then. */
const requireDrawn = (logProb: number, row: number, index: number): number => {
  if (!Number.isNaN(logProb)) return logProb;
  throw new NonFiniteError({
    quantity: `generate: the log-probability of token ${index} after prompt ${row}`,
    value: logProb,
    hint: "No token is left, or a logit is NaN: check the policy's guide and its weights.",
  });
};

/** The next tokens of all rows, and their log-probabilities, as a writer packs them. */
const writeSome = async (
  writer: Writer,
  start: number,
  nextDraws: () => Float32Array,
): Promise<ArrayLike<number>> => {
  const { tokensPerCall, rows } = writer;
  const draws = new Float32Array(tokensPerCall * rows).fill(0.5);
  for (let j = 0; j < tokensPerCall; j++) draws.set(nextDraws(), j * rows);
  const packed = tf.tidy(() => writer.write(start, tf.tensor2d(draws, [tokensPerCall, rows])));
  try {
    return await packed.data();
  } finally {
    packed.dispose();
  }
};

/**
 * Continues prompts of different lengths, all at once.
 *
 * Each row draws from a stream of its own: its sample depends on its prompt and its place in the batch, not on the
 * others' lengths. The log-probabilities come from the very logits that were sampled.
 *
 * @throws InvalidArgumentError before any work when a prompt can't be continued that far. NonFiniteError when a state
 *   leaves no token to draw.
 */
export const generate = async (
  source: GenerationSource,
  prompts: readonly TokenSequence[],
  options: GenerateOptions,
): Promise<Generation> => {
  const { model, stopTokens, policyVersion } = source;
  const { maxNewTokens, random, onStep } = options;
  checkPrompts(model, prompts, maxNewTokens);
  const sampler = chooseSampler(options);
  const stops = new Set(stopTokens);
  const nextDraws = rowDraws(random, prompts.length);
  const responses: number[][] = prompts.map(() => []);
  const logProbs: number[][] = prompts.map(() => []);
  const finished = prompts.map(() => false);

  const writer = source.startWriter({ prompts, maxNewTokens, sampler, isWatched: onStep !== undefined });
  const { tokensPerCall, rows } = writer;
  try {
    for (let start = 0; start < maxNewTokens && !finished.every(Boolean); start += tokensPerCall) {
      const read = await writeSome(writer, start, nextDraws);
      const end = Math.min(start + tokensPerCall, maxNewTokens);
      for (let index = start; index < end && !finished.every(Boolean); index++) {
        const at = (index - start) * rows;
        const decided = Int32Array.from(prompts, (_, row) => (finished[row] ? -1 : read[at + row]!));
        decided.forEach((token, row) => {
          if (token < 0) return;
          responses[row]?.push(token);
          logProbs[row]?.push(requireDrawn(read[tokensPerCall * rows + at + row]!, row, index));
          finished[row] = stops.has(token);
        });
        onStep?.({ index, tokens: decided });
      }
    }
  } finally {
    writer.dispose();
  }
  return {
    responses: responses.map((tokens) => Int32Array.from(tokens)),
    logProbs: logProbs.map((values) => Float32Array.from(values)),
    finished,
    isFullDistribution: sampler.isFull,
    policyVersion,
  };
};
