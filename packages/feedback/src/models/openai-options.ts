import { InvalidArgumentError, type Json, type Random } from "@accord-rl/core";
import { requireCount } from "../require.ts";
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
  /** For one attempt, until the last byte. Default 60,000. */
  readonly timeoutMs?: number;
  /** Attempts after the first, on 408, 409, 425, 429, 5xx, time-outs, dropped connections and unreadable answers. Default 6. */
  readonly maxRetries?: number;
  /** The first wait; it doubles each time, up to a minute, with jitter. Default 500. */
  readonly firstDelayMs?: number;
  /** A server that asks for a longer wait (Retry-After) ends the run. Default 300,000. */
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
/** Sent to servers that ask for none. */
export const noKey = "none";

/** @throws InvalidArgumentError where a key is needed and its variable is not set. */
export const findKey = (baseUrl: string | undefined, keyVariable: string | undefined): string => {
  const variable = keyVariable ?? "OPENAI_API_KEY";
  const key = process.env[variable];
  if (key) return key;
  if (baseUrl !== undefined && keyVariable === undefined) return noKey;
  const message = `createOpenAiModel: the environment variable ${variable} is not set, expected the server's key in it`;
  throw new InvalidArgumentError({ argument: "keyVariable", value: variable, message });
};

/** @throws InvalidArgumentError for counts that are none. */
export const validateOpenAiOptions = (options: OpenAiModelOptions): void => {
  const { concurrency = 4, maxRetries = 6, topLogProbs = 20, timeoutMs = 1, requestsPerMinute = 1 } = options;
  requireCount("createOpenAiModel", "concurrency", concurrency);
  requireCount("createOpenAiModel", "maxRetries", maxRetries, 0);
  requireCount("createOpenAiModel", "topLogProbs", topLogProbs);
  requireCount("createOpenAiModel", "timeoutMs", timeoutMs);
  requireCount("createOpenAiModel", "requestsPerMinute", requestsPerMinute);
  requireCount("createOpenAiModel", "tokensPerMinute", options.tokensPerMinute ?? 1);
};
