import type { GenerateOptions, Generation, TokenSequence } from "@accord-rl/core";
import { padSequences } from "@accord-rl/math";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkCount, reject } from "./check.ts";
import type { StartDecoder } from "./compiled-decoder.ts";
import type { Decoder } from "./decoder.ts";
import type { Llama } from "./llama.ts";
import { rowDraws, type Sampler, sampleAll, sampleMostLikely, takeMostLikely } from "./sampling.ts";

/** What generation needs of a policy. */
export interface GenerationSource {
  readonly model: Llama;
  readonly stopTokens: readonly number[];
  readonly policyVersion: number;
  readonly startDecoder: StartDecoder;
  /** The policy's logits for token `index` of a response. @returns [B, V] */
  logitsAt(decoder: Decoder, index: number): Tensor2D;
}

const checkPrompts = (model: Llama, prompts: readonly TokenSequence[], maxNewTokens: number): void => {
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

const chooseSampler = ({ greedy, topK, topP }: GenerateOptions): { sampler: Sampler; isFull: boolean } => {
  if (topK !== undefined) checkCount("generate", "topK", topK);
  if (topP !== undefined && !(topP > 0 && topP <= 1)) {
    reject("generate", "topP", topP, `topP is ${topP}, expected a number above 0 and up to 1`);
  }
  if (greedy) {
    if (topK !== undefined || topP !== undefined) {
      reject("generate", "greedy", greedy, "greedy takes the most likely token; leave topK and topP out");
    }
    return { sampler: takeMostLikely, isFull: false };
  }
  if (topK === undefined && topP === undefined) return { sampler: sampleAll, isFull: true };
  return { sampler: sampleMostLikely({ topK, topP }), isFull: false };
};

/** Ids below 2²⁴ are exact in float32, so that ids and log-probabilities come back in one readback. */
const choose = (
  source: GenerationSource,
  decoder: Decoder,
  index: number,
  draws: Float32Array,
  sampler: Sampler,
) =>
  tf.tidy(() => {
    const { tokens, logProbs } = sampler(source.logitsAt(decoder, index), tf.tensor1d(draws));
    return { tokens, packed: tf.concat([tf.cast(tokens, "float32"), logProbs]) as Tensor1D };
  });

/**
 * Continues prompts of different lengths, all at once.
 *
 * Each row draws from a stream of its own: its sample depends on its prompt and its place in the batch, not on the
 * others' lengths. The log-probabilities come from the very logits that were sampled.
 *
 * @throws InvalidArgumentError before any work when a prompt can't be continued that far.
 */
export const generate = async (
  source: GenerationSource,
  prompts: readonly TokenSequence[],
  options: GenerateOptions,
): Promise<Generation> => {
  const { model, stopTokens, policyVersion } = source;
  const { maxNewTokens, random, onStep } = options;
  checkPrompts(model, prompts, maxNewTokens);
  const { sampler, isFull } = chooseSampler(options);
  const stops = new Set(stopTokens);
  const nextDraws = rowDraws(random, prompts.length);
  const responses: number[][] = prompts.map(() => []);
  const logProbs: number[][] = prompts.map(() => []);
  const finished = prompts.map(() => false);

  const padded = padSequences(prompts, { side: "left" });
  const decoder = source.startDecoder(padded, maxNewTokens);
  tf.dispose([padded.tokenIds, padded.tokenMask]);
  try {
    for (let index = 0; index < maxNewTokens; index++) {
      const { tokens, packed } = choose(source, decoder, index, nextDraws(), sampler);
      try {
        const read = await packed.data();
        const decided = Int32Array.from(prompts, (_, row) => (finished[row] ? -1 : (read[row] as number)));
        decided.forEach((token, row) => {
          if (token < 0) return;
          responses[row]?.push(token);
          logProbs[row]?.push(read[prompts.length + row] as number);
          finished[row] = stops.has(token);
        });
        onStep?.({ index, tokens: decided });
        if (finished.every(Boolean)) break;
        if (index + 1 < maxNewTokens) decoder.step(tokens);
      } finally {
        tf.dispose([tokens, packed]);
      }
    }
  } finally {
    decoder.dispose();
  }
  return {
    responses: responses.map((tokens) => Int32Array.from(tokens)),
    logProbs: logProbs.map((values) => Float32Array.from(values)),
    finished,
    isFullDistribution: isFull,
    policyVersion,
  };
};
