import {
  type Completion,
  type Conversation,
  createRandom,
  type Json,
  ModelError,
  type TextModel,
} from "@accord-rl/core";
import { systemClock } from "./clock.ts";
import { createGate, mapConcurrently } from "./concurrency.ts";
import { createMeter, type Meter } from "./meter.ts";
import { candidateLogProbs, textOf } from "./openai-answer.ts";
import { judgeFailure } from "./openai-failure.ts";
import { type OpenAiModelOptions, validateOpenAiOptions } from "./openai-options.ts";
import { requestChat } from "./openai-request.ts";
import { findServer } from "./openai-server.ts";
import { createRateLimit } from "./rate-limit.ts";
import { createRetry } from "./retry.ts";

export interface OpenAiModel extends TextModel {
  /** Answers that came, and their tokens: what the server counts. */
  readonly usage: Meter;
}

/**
 * A language model behind any OpenAI-compatible server: chat completions, and log-probabilities of candidates that are
 * one token each, out of the most likely ones that the server reports.
 *
 * The key comes from the environment and appears in no message, answer or name. A conversation that ends with the assistant's turn is
 * sent as it is: whether it is continued depends on the server (vLLM: `body: { continue_final_message: true,
 * add_generation_prompt: false }`).
 *
 * @throws ModelError at once for a key that is not accepted, a used-up quota, an unknown model; as a refusal for a
 * request that this server will never answer; after `maxRetries` for all that may pass.
 */
export const createOpenAiModel = (options: OpenAiModelOptions): OpenAiModel => {
  validateOpenAiOptions(options);
  const { model, baseUrl, keyVariable, body = {}, topLogProbs = 20 } = options;
  const { idleTimeoutMs = 60_000, maxAnswerBytes = 2 ** 24 } = options;
  const { concurrency = 4, maxRetries = 6, clock = systemClock, random = createRandom(0) } = options;
  const { firstDelayMs = 500, longestWaitMs = 300_000, requestsPerMinute, tokensPerMinute } = options;
  const settings = Object.keys(body).length > 0 ? ` ${JSON.stringify(body)}` : "";
  const server = findServer(baseUrl, keyVariable);
  const name = options.name ?? `${model} at ${server.url}${settings}`;
  const lengthField = baseUrl === undefined ? "max_completion_tokens" : "max_tokens";
  const gate = createGate(concurrency);
  const limits = [
    { limit: requestsPerMinute, of: () => 1 },
    { limit: tokensPerMinute, of: (tokens: number) => tokens },
  ].flatMap(({ limit, of }) =>
    limit === undefined ? [] : [{ of, ...createRateLimit({ perMinute: limit, clock }) }],
  );
  const usage = createMeter();
  const judge = (error: unknown) =>
    judgeFailure(error, {
      model: name,
      secretName: server.secretName,
      now: Date.now(), // of the calendar: Retry-After may be a date
    });
  const retry = createRetry({
    ...{ maxRetries, firstDelayMs, longestDelayMs: 60_000, longestWaitMs },
    ...{ clock, random, model: name, judge },
  });

  const ask = (conversation: Conversation, maxTokens: number, fields: Readonly<Record<string, Json>>) =>
    gate(() =>
      retry(async () => {
        const characters = conversation.reduce((sum, { content }) => sum + content.length, 0);
        const estimate = Math.ceil(characters / 4) + maxTokens;
        const taken = await Promise.all(limits.map(({ take, of }) => take(of(estimate))));
        const messages = conversation.map(({ role, content }) => ({ role, content }));
        const answer = await requestChat({
          server,
          body: { model, messages, [lengthField]: maxTokens, ...fields, ...body },
          timeoutMs: options.timeoutMs ?? 60_000 + 50 * maxTokens,
          ...{ idleTimeoutMs, maxBytes: maxAnswerBytes },
        });
        const tokens = answer.usage && {
          inputTokens: answer.usage.prompt_tokens,
          outputTokens: answer.usage.completion_tokens,
        };
        if (tokens) {
          limits.forEach(({ of }, i) => {
            taken[i]!.amount = of(tokens.inputTokens + tokens.outputTokens);
          });
        }
        usage.add(tokens ?? {});
        return { choice: answer.choices[0]!, tokens };
      }),
    );

  return {
    name,
    usage,
    complete: (conversations, { maxNewTokens, random: sampling }) => {
      const fields = conversations.map(() =>
        sampling ? { temperature: 1, seed: sampling.integer(2 ** 31) } : { temperature: 0 },
      );
      return mapConcurrently(conversations, {
        width: concurrency,
        work: async (conversation, index): Promise<Completion> => {
          const { choice, tokens } = await ask(conversation, maxNewTokens, fields[index]!);
          return {
            text: textOf(choice),
            finished: choice.finish_reason !== "length",
            ...tokens,
          };
        },
      });
    },
    scoreCandidates: (conversations, candidates, { onUsage } = {}) =>
      mapConcurrently(conversations, {
        width: concurrency,
        work: async (conversation, index) => {
          const fields = { temperature: 1, logprobs: true, top_logprobs: topLogProbs };
          const { choice, tokens } = await ask(conversation, 1, fields);
          const logProbs = candidateLogProbs(choice, candidates);
          if (!logProbs) {
            const message = "the server gives no log-probabilities; read its text instead (readByLetter)";
            throw new ModelError({ model: name, message });
          }
          if (tokens) onUsage?.(index, tokens);
          return logProbs;
        },
      }),
  };
};
