import { type Json, type Random, refuse, requireCount } from "@accord-rl/core";

import type { Clock } from "./clock.ts";

export interface OpenAiModelOptions {
  /** As the server names it. */
  readonly model: string;
  /** Of any server with the same interface. Default: OpenAI's. */
  readonly baseUrl?: string;
  /** The environment variable that holds the key. Default OPENAI_API_KEY; a server at `baseUrl` may do without. */
  readonly keyVariable?: string;
  /** Requests at a time. Default 4. */
  readonly concurrency?: number;
  readonly requestsPerMinute?: number;
  /** Estimated before a request (4 characters a token, and what may be written), corrected after it. */
  readonly tokensPerMinute?: number;
  /** For one attempt, until the last byte. Default 60,000 and 50 more for each token that may be written. */
  readonly timeoutMs?: number;
  /** Longest time without a byte, once an answer has begun to come. Default 60,000. */
  readonly idleTimeoutMs?: number;
  /** Most bytes of an answer. Default 16 MiB, which 20 log-probs at each of 8,000 tokens do not reach. */
  readonly maxAnswerBytes?: number;
  /** Attempts after the first, on 408, 409, 425, 429, 5xx, time-outs, dropped connections and unreadable answers. Default 6. */
  readonly maxRetries?: number;
  /** The first wait; it doubles each time, up to a minute, with jitter. Default 500. */
  readonly firstDelayMs?: number;
  /**
   * A server that asks for a longer wait (Retry-After) ends the run. More than a day is taken for a mistake of the server
   * and ignored. Default 300,000.
   */
  readonly longestWaitMs?: number;
  /** Most likely tokens that are reported, out of which candidates are read. Default 20, OpenAI's most. */
  readonly topLogProbs?: number;
  /** Further fields of the request; they are part of the model's name. */
  readonly body?: Readonly<Record<string, Json>>;
  /** Jitter of the waits. Default: seed 0. */
  readonly random?: Random;
  readonly clock?: Clock;
  /** Default: model, server and `body`. */
  readonly name?: string;
}

export const openAiUrl = "https://api.openai.com/v1";
/** Timers can't wait longer: they would end at once. */
const longestTimerMs = 2 ** 31 - 1;

const requireWait = (argument: string, value: number): void => {
  requireCount("createOpenAiModel", argument, value);
  if (value > longestTimerMs) {
    refuse("createOpenAiModel", argument, value, `at most ${longestTimerMs} (24 days)`);
  }
};

/** @throws InvalidArgumentError for counts that are none. */
export const validateOpenAiOptions = (options: OpenAiModelOptions): void => {
  const { concurrency = 4, maxRetries = 6, topLogProbs = 20, timeoutMs = 1, requestsPerMinute = 1 } = options;
  requireCount("createOpenAiModel", "concurrency", concurrency);
  requireCount("createOpenAiModel", "maxRetries", maxRetries, 0);
  requireCount("createOpenAiModel", "topLogProbs", topLogProbs);
  requireWait("timeoutMs", timeoutMs);
  requireWait("idleTimeoutMs", options.idleTimeoutMs ?? 1);
  requireWait("longestWaitMs", options.longestWaitMs ?? 1);
  requireCount("createOpenAiModel", "maxAnswerBytes", options.maxAnswerBytes ?? 1);
  requireCount("createOpenAiModel", "requestsPerMinute", requestsPerMinute);
  requireCount("createOpenAiModel", "tokensPerMinute", options.tokensPerMinute ?? 1);
};
