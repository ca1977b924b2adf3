import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import {
  type ChatMessage,
  type Conversation,
  ModelError,
  requireCount,
  type TextModel,
} from "@accord-rl/core";

import { createGate } from "./concurrency.ts";
import { importLlamaLibrary, type LlamaLibrary, type Sampling } from "./llama-library.ts";

export interface LlamaCppModelOptions {
  /** A GGUF file. */
  readonly path: string;
  /** Most tokens of a conversation with its answer. Default: what the model was trained for, at most 4096. */
  readonly contextLength?: number;
  /** Default 1: more of them slow a machine down that has other work. */
  readonly threads?: number;
  /** Default: imports node-llama-cpp. */
  readonly load?: () => Promise<LlamaLibrary>;
  /** Default: the file's name and `contextLength`. */
  readonly name?: string;
}

export interface LlamaCppModel extends TextModel {
  readonly scoreCandidates: NonNullable<TextModel["scoreCandidates"]>;
  dispose(): Promise<void>;
}

const uncut = { topK: 0, topP: 1, minP: 0 } as const;
const atOne: Sampling = { ...uncut, temperature: 1, seed: 0 };

/**
 * A local GGUF model through node-llama-cpp, which is installed separately. On the CPU, one conversation at a time, each
 * from an empty context: an answer does not depend on what was asked before.
 *
 * Scores are exact, for candidates of any length. Special tokens inside messages are text.
 *
 * @throws ModelError where the package or the file is missing, and, as a refusal, for conversations that are too long.
 */
export const createLlamaCppModel = async (options: LlamaCppModelOptions): Promise<LlamaCppModel> => {
  const { threads = 1, load = importLlamaLibrary } = options;
  const path = resolve(options.path);
  requireCount("createLlamaCppModel", "threads", threads);
  if (options.contextLength !== undefined) {
    requireCount("createLlamaCppModel", "contextLength", options.contextLength);
  }
  if (!existsSync(path)) throw new ModelError({ model: path, message: "is not there, expected a GGUF file" });
  const library = await load();
  const llama = await library.getLlama({ gpu: false, build: "never", logLevel: "error" });
  const model = await llama.loadModel({ modelPath: path });
  const contextLength = options.contextLength ?? Math.min(4096, model.trainContextSize);
  const context = await model.createContext({ contextSize: contextLength, threads, sequences: 1 });
  const sequence = context.getSequence();
  const wrapper = library.resolveChatWrapper(model);
  const name = options.name ?? `${basename(path)} (${contextLength} tokens)`;
  const gate = createGate(1);

  const encode = (conversation: Conversation, more: number): number[] => {
    const begins = conversation.at(-1)?.role === "assistant";
    const turns = begins
      ? conversation
      : [...conversation, { role: "assistant", content: "" } as ChatMessage];
    const chatHistory = turns.map(({ role, content }) =>
      role === "assistant"
        ? { type: "model" as const, response: content === "" ? [] : [content] }
        : { type: role, text: content },
    );
    const tokens = wrapper.generateContextState({ chatHistory }).contextText.tokenize(model.tokenizer);
    if (tokens.length + more <= contextLength) return tokens;
    const message = `the conversation has ${tokens.length} tokens, and ${more} more exceed the context of ${contextLength}; shorten it`;
    throw new ModelError({ model: name, message, isRefusal: true });
  };

  /** log P(next token) after each of the last `count` tokens. */
  const nextLogProbs = async (
    tokens: readonly number[],
    count: number,
  ): Promise<((token: number) => number)[]> => {
    await sequence.clearHistory();
    const from = tokens.length - count;
    const results = await sequence.controlledEvaluate(
      tokens.map((token, i) =>
        i < from ? token : [token, { generateNext: { probabilities: true, options: atOne } }],
      ),
    );
    return results.slice(from).map((result) => {
      const probabilities = result?.next.probabilities;
      if (!probabilities) throw new ModelError({ model: name, message: "gave no probabilities" });
      return (token) => Math.log(probabilities.get(token) ?? 0);
    });
  };

  const scoreOne = async (conversation: Conversation, candidates: readonly string[]) => {
    const encoded = candidates.map((candidate) => model.tokenize(candidate, false));
    const prompt = encode(conversation, Math.max(0, ...encoded.map((tokens) => tokens.length - 1)));
    const [first] = await nextLogProbs(prompt, 1);
    const scores: number[] = [];
    for (const tokens of encoded) {
      let score = tokens.length > 0 ? first!(tokens[0]!) : Number.NEGATIVE_INFINITY;
      if (tokens.length > 1) {
        const rest = await nextLogProbs([...prompt, ...tokens.slice(0, -1)], tokens.length - 1);
        rest.forEach((logProb, i) => {
          score += logProb(tokens[i + 1]!);
        });
      }
      scores.push(score);
    }
    return { scores, usage: { inputTokens: prompt.length, outputTokens: 0 } };
  };

  const completeOne = async (conversation: Conversation, maxNewTokens: number, seed: number | undefined) => {
    const prompt = encode(conversation, maxNewTokens);
    await sequence.clearHistory();
    const sampling: Sampling =
      seed === undefined ? { ...uncut, temperature: 0 } : { ...uncut, temperature: 1, seed };
    const written: number[] = [];
    for await (const token of sequence.evaluate(prompt, sampling)) {
      written.push(token);
      if (written.length === maxNewTokens) break;
    }
    return {
      text: model.detokenize(written, false),
      finished: written.length < maxNewTokens,
      inputTokens: prompt.length,
      outputTokens: written.length,
    };
  };

  return {
    name,
    complete: (conversations, { maxNewTokens, random }) =>
      Promise.all(
        conversations.map((conversation) => {
          const seed = random?.integer(2 ** 31);
          return gate(() => completeOne(conversation, maxNewTokens, seed));
        }),
      ),
    scoreCandidates: (conversations, candidates, { onUsage } = {}) =>
      Promise.all(
        conversations.map((conversation, index) =>
          gate(async () => {
            const { scores, usage } = await scoreOne(conversation, candidates);
            onUsage?.(index, usage);
            return scores;
          }),
        ),
      ),
    dispose: async () => {
      await context.dispose();
      await llama.dispose();
    },
  };
};
