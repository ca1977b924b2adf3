import type {
  ActionEvaluation,
  Compile,
  EvaluationRequest,
  Json,
  LogitsGuide,
  Policy,
  TextActor,
  TextObservations,
} from "@accord-rl/core";
import { InvalidArgumentError, interpret } from "@accord-rl/core";
import { createVersionCounter, entropy, logSoftmax, selectedLogProbs } from "@accord-rl/math";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { checkTokens, reject } from "../check.ts";
import { generate } from "../generation/generate.ts";
import { createStepwiseWriter } from "../generation/writer.ts";
import { blocked } from "../layers/attention.ts";
import type { Decoder } from "../transformer/decoder.ts";
import type { Transformer } from "../transformer/transformer.ts";
import { responseStates } from "./response-states.ts";

/** What belongs to the distribution, in sampling and in scoring alike. */
export interface TextPolicyOptions {
  /** Divides the logits. Default 1. */
  readonly temperature?: number;
  /** No stop token before this many tokens. Default 0. */
  readonly minNewTokens?: number;
  /** Tokens that end a response. Default none. */
  readonly stopTokens?: readonly number[];
  /** Tokens that are never written. Default none. */
  readonly bannedTokens?: readonly number[];
  /**
   * Changes the logits before temperature and forbidden tokens. What it learns from is not the policy's: it is in none of
   * the policy's parameters, nor in its version. Default: none.
   */
  readonly guide?: LogitsGuide;
  /** Makes one call of each step of generation. Default: `interpret`. */
  readonly compile?: Compile;
}

/** A language model as a policy: it writes, and it scores what was written, under one distribution. */
export interface TextPolicy extends Policy<TextObservations>, TextActor {
  readonly model: Transformer;
  readonly temperature: number;
  readonly minNewTokens: number;
  readonly stopTokens: readonly number[];
  readonly bannedTokens: readonly number[];
  /** `evaluate`, from the states of a shared trunk. @param states [B, T, D] hidden states before each action. */
  evaluateStates(states: Tensor3D, actions: Tensor2D, request?: EvaluationRequest): ActionEvaluation;
  /** A policy with its own parameters and the same distribution. */
  clone(): TextPolicy;
}

/** [V] with `blocked` at the given tokens, 0 elsewhere. */
const tokenBias = (size: number, tokens: readonly number[]): Tensor1D => {
  const data = new Float32Array(size);
  for (const token of tokens) data[token] = blocked;
  return tf.tensor1d(data);
};

const validate = (
  model: Transformer,
  options: Required<Omit<TextPolicyOptions, "compile" | "guide">>,
): void => {
  const where = "createTextPolicy";
  const { temperature, minNewTokens, stopTokens, bannedTokens } = options;
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    reject(
      where,
      "temperature",
      temperature,
      `temperature is ${temperature}, expected a positive number (to take the most likely token use generate's greedy)`,
    );
  }
  if (!Number.isInteger(minNewTokens) || minNewTokens < 0) {
    reject(
      where,
      "minNewTokens",
      minNewTokens,
      `minNewTokens is ${minNewTokens}, expected an integer of 0 or more`,
    );
  }
  checkTokens(where, "stopTokens", stopTokens, model.vocabularySize);
  checkTokens(where, "bannedTokens", bannedTokens, model.vocabularySize);
  const left = model.vocabularySize - new Set(bannedTokens).size;
  if (left === 0) {
    const message = `bannedTokens holds all ${model.vocabularySize} tokens, expected at least one that can be written`;
    reject(where, "bannedTokens", bannedTokens, message);
  }
  if (minNewTokens > 0 && new Set([...bannedTokens, ...stopTokens]).size === model.vocabularySize) {
    const message = `all ${left} tokens that bannedTokens leaves are stopTokens, which minNewTokens of ${minNewTokens} forbids at first, so no token is left; ban fewer, or set minNewTokens to 0`;
    reject(where, "minNewTokens", minNewTokens, message);
  }
};

/**
 * A policy over text: log π(a | s) = log softmax(logits / temperature + mask).
 *
 * Temperature, banned tokens and the mask that keeps stop tokens out of the first `minNewTokens` belong to the
 * distribution, so `generate` and `evaluate` agree. Takes ownership of the model.
 *
 * @throws InvalidArgumentError when an option is out of range, or the options leave no token to write.
 */
export const createTextPolicy = (
  model: Transformer,
  {
    temperature = 1,
    minNewTokens = 0,
    stopTokens = [],
    bannedTokens = [],
    guide,
    compile = interpret,
  }: TextPolicyOptions = {},
): TextPolicy => {
  const options = { temperature, minNewTokens, stopTokens, bannedTokens };
  validate(model, options);
  const size = model.vocabularySize;
  const versions = createVersionCounter(model.parameters);
  const hasEarlyMask = minNewTokens > 0 && stopTokens.length > 0;
  const scaled = <T extends tf.Tensor>(x: T): T =>
    temperature === 1 ? x : (tf.mul(x, 1 / temperature) as T);
  /** Where nothing guides them, logits are linear in the hidden state, which is the smaller to scale. */
  const temperedLogits = <H extends tf.Tensor>(
    toLogits: (hidden: H, bias?: Tensor1D) => tf.Tensor,
    hidden: H,
    bias?: Tensor1D,
  ): tf.Tensor => {
    if (!guide) return toLogits(scaled(hidden), bias);
    const guided = scaled(guide({ logits: toLogits(hidden), hidden }));
    return bias ? tf.add(guided, bias) : guided;
  };
  /** Tokens that can't be response token `index`. */
  const impossibleAt = (index: number) =>
    index < minNewTokens ? [...bannedTokens, ...stopTokens] : bannedTokens;

  const scoringLogits = (states: Tensor3D): Tensor3D => {
    const steps = states.shape[1];
    const always = hasEarlyMask && minNewTokens >= steps ? impossibleAt(0) : bannedTokens;
    const bias = always.length > 0 ? tokenBias(size, always) : undefined;
    const logits = temperedLogits(model.logits, states, bias) as Tensor3D; // [B, T, V]
    if (!hasEarlyMask || minNewTokens >= steps) return logits;
    const isEarly = Float32Array.from({ length: steps }, (_, index) => (index < minNewTokens ? 1 : 0));
    const early = tf.outerProduct(tf.tensor1d(isEarly), tokenBias(size, stopTokens)); // [T, V]
    return tf.add(logits, early);
  };

  const logitsAt = (decoder: Decoder, index: number): Tensor2D => {
    const logits = temperedLogits(decoder.logits, decoder.hidden) as Tensor2D;
    const impossible = impossibleAt(index);
    return impossible.length > 0 ? tf.add(logits, tokenBias(size, impossible)) : logits;
  };

  const startWriter =
    compile === interpret
      ? createStepwiseWriter({ startDecoder: (prompts) => model.decode(prompts), logitsAt })
      : model.compileWriting(compile, {
          isEarly: (index) => hasEarlyMask && index < minNewTokens,
          logits: (hidden, project, isEarly) => {
            const logits = temperedLogits(project, hidden) as Tensor2D;
            const possible: Tensor2D =
              bannedTokens.length > 0 ? tf.add(logits, tokenBias(size, bannedTokens)) : logits;
            if (!hasEarlyMask) return possible;
            return tf.add(possible, tf.mul(tokenBias(size, stopTokens), isEarly)) as Tensor2D;
          },
        });

  const evaluateStates: TextPolicy["evaluateStates"] = (states, actions, request = {}) =>
    tf.tidy(() => {
      const logits = scoringLogits(states);
      return {
        logProbs: selectedLogProbs(logits, actions) as Tensor2D,
        ...(request.entropy ? { entropy: entropy(logits) as Tensor2D } : {}),
        ...(request.distribution ? { distribution: logSoftmax(logits) as Tensor3D } : {}),
      };
    });

  return {
    model,
    ...options,
    parameters: model.parameters,
    evaluateStates,
    evaluate: (batch, request) =>
      tf.tidy(() => ({ ...evaluateStates(responseStates(model, batch), batch.actions, request) })),
    generate: async (prompts, generateOptions) => {
      const source = { model, stopTokens, policyVersion: versions.current(), startWriter };
      const generation = await generate(source, prompts, generateOptions);
      if (compile !== interpret) versions.settle();
      return generation;
    },
    clone: () => createTextPolicy(model.clone(), { ...options, ...(guide && { guide }), compile }),
    state: async () => {
      const policyVersion = versions.current();
      const { tensors, json } = await model.state();
      return { tensors, json: { policyVersion, ...(json !== null && { model: json }) } };
    },
    restore: (state) => {
      const { policyVersion, model: json = null } = (state.json ?? {}) as { readonly [key: string]: Json };
      if (typeof policyVersion !== "number") {
        throw new InvalidArgumentError({
          argument: "state",
          value: state.json,
          message: "TextPolicy.restore: the state has no policyVersion; expected the state of a text policy",
        });
      }
      model.restore({ tensors: state.tensors, json });
      versions.restore(policyVersion);
    },
    dispose: () => model.dispose(),
  };
};
