import type { Compile } from "@accord-rl/core";
import { compileTree, padSequences } from "@accord-rl/math";
import type { Scalar, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Cache, readNext, readPrompts } from "../transformer/cached-reading.ts";
import { type DecoderParts, outputWeight, promptBias } from "../transformer/decoder.ts";
import { multiplyLinear } from "../transformer/trunk.ts";
import type { NamedSampler } from "./named-sampler.ts";
import { roundUp } from "./round-up.ts";
import { packChoices, type StartWriter } from "./writer.ts";

/** What the policy's distribution adds to the model. */
export interface StepDistribution {
  /**
   * @param hidden   [B, D]
   * @param project  [B, D] → [B, V]
   * @param isEarly  1 where the token comes too soon for a stop token, else 0.
   * @returns [B, V]
   */
  logits(hidden: Tensor2D, project: (hidden: Tensor2D) => Tensor2D, isEarly: Scalar): Tensor2D;
  /** Whether token `index` of a response comes too soon for a stop token. */
  isEarly(index: number): boolean;
}

/** What passes from call to call. */
type Position = {
  /** [B, D] what follows the last token that was read. */
  readonly hidden: Tensor2D;
  readonly cache: Cache;
};

interface Step extends Position {
  /** [k, B] uniform in (0, 1). */
  readonly draws: Tensor2D;
  /** [k] 1 or 0. */
  readonly isEarly: Tensor1D;
  /** [B] int32: real tokens before. */
  readonly positions: Tensor1D;
  /** Where the first of the k tokens goes in the cache, int32. */
  readonly place: Scalar;
  /** [B · KV, G, P + T] hides the padding of the prompts. */
  readonly bias: Tensor3D;
}

/** Tokens that one call writes: more save calls and copies of the cache, and cost time when they are recorded. */
const tokensPerCall = 8;
/** Sizes are rounded up, so that one recording serves many. What is added is masked, or thrown away. */
const rounded = { promptTokens: 8, rows: 4 };

const keepAll = ({ hidden, cache }: Position): Position => {
  tf.keep(hidden);
  for (const { keys, values } of Object.values(cache)) {
    tf.keep(keys);
    tf.keep(values);
  }
  return { hidden, cache };
};

const free = ({ hidden, cache }: Position): void => tf.dispose([hidden, ...Object.values(cache)]);

/**
 * Writers that sample and read several tokens in one compiled call. Within a call the cache of keys and values is
 * changed in place; its full length is there from the start, so that no shape changes from call to call.
 */
export const compileWriter = (
  parts: DecoderParts,
  distribution: StepDistribution,
  compile: Compile,
): StartWriter => {
  const project = (x: Tensor2D) => multiplyLinear(x, outputWeight(parts));
  const prefill = compileTree(
    (prompts: Parameters<typeof readPrompts>[1]) => readPrompts(parts, prompts),
    compile,
    "policy.readPrompts",
  );
  const writeSome = ({ sample }: NamedSampler, step: Step) => {
    const early = tf.unstack(step.isEarly) as Scalar[];
    let { hidden, cache } = step as Position;
    const choices = tf.unstack(step.draws).map((draws, j) => {
      const choice = sample(distribution.logits(hidden, project, early[j]!), draws as Tensor1D);
      const offset = tf.scalar(j, "int32");
      const next = {
        tokens: choice.tokens,
        positions: tf.add(step.positions, offset) as Tensor1D,
        place: tf.add(step.place, offset) as Scalar,
        bias: step.bias,
        cache,
      };
      ({ hidden, cache } = readNext(parts, next));
      // Kept so that they outlive their layer; only the last are handed out.
      if (j > 0) tf.dispose(Object.values(next.cache));
      return choice;
    });
    return { packed: packChoices(choices), position: { hidden, cache } };
  };
  const writers = new Map<string, (step: Step) => ReturnType<typeof writeSome>>();
  const writerFor = (sampler: NamedSampler) => {
    const write =
      writers.get(sampler.name) ??
      compileTree((step: Step) => writeSome(sampler, step), compile, "policy.writeTokens");
    writers.set(sampler.name, write);
    return write;
  };

  return ({ prompts, maxNewTokens, sampler, isWatched }) => {
    const size = isWatched ? 1 : Math.min(tokensPerCall, maxNewTokens);
    const rows = roundUp(prompts.length, rounded.rows);
    const longest = Math.max(...prompts.map(({ length }) => length));
    const length = roundUp(longest, rounded.promptTokens);
    const room = roundUp(maxNewTokens, isWatched ? tokensPerCall : size);
    const all = Array.from({ length: rows }, (_, row) => prompts[row] ?? prompts[0]!);
    const write = writerFor(sampler);
    const padded = padSequences(all, { side: "left", length });
    const fixed = tf.tidy(() => ({
      counts: tf.keep(tf.cast(tf.sum(padded.tokenMask, 1), "int32")) as Tensor1D,
      bias: tf.keep(
        tf.pad(promptBias(parts.config, padded.tokenMask), [
          [0, 0],
          [0, 0],
          [0, room],
        ]),
      ) as Tensor3D,
    }));
    let now = tf.tidy(() => keepAll(prefill({ ...padded, room: tf.zeros([room]) })));
    tf.dispose([padded.tokenIds, padded.tokenMask]);
    return {
      tokensPerCall: size,
      rows,
      write: (index, draws) =>
        tf.tidy(() => {
          const isEarly = Float32Array.from({ length: size }, (_, j) =>
            distribution.isEarly(index + j) ? 1 : 0,
          );
          const { packed, position } = write({
            ...now,
            draws,
            isEarly: tf.tensor1d(isEarly),
            positions: tf.add(fixed.counts, tf.scalar(index, "int32")),
            place: tf.scalar(length + index, "int32"),
            bias: fixed.bias,
          });
          free(now);
          now = keepAll(position);
          return packed;
        }),
      dispose: () => {
        free(now);
        tf.dispose([fixed.counts, fixed.bias]);
      },
    };
  };
};
