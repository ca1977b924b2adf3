import { ModelError } from "@accord-rl/core";
import { APIError } from "openai";
import { z } from "zod";
import { retryAfterMs, type Verdict } from "./retry.ts";

const tokenSchema = z.object({ token: z.string(), logprob: z.number() });

/** What of a chat completion is read. */
export const answerSchema = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish() }),
        finish_reason: z.string().nullish(),
        logprobs: z
          .object({
            content: z
              .array(tokenSchema.extend({ top_logprobs: z.array(tokenSchema).default([]) }))
              .nullish(),
          })
          .nullish(),
      }),
    )
    .min(1),
  usage: z
    .object({ prompt_tokens: z.number().int().min(0), completion_tokens: z.number().int().min(0) })
    .nullish(),
});

export type Answer = z.infer<typeof answerSchema>;

/** Tokenizers write a space before a word in their own ways. */
const plain = (token: string): string => token.replace(/^[\s▁Ġ]+|[\s▁]+$/gu, "");

/** log Σ exp of the tokens that are the candidate, with or without a space around; −∞ where none was reported. */
export const candidateLogProbs = (answer: Answer, candidates: readonly string[]): number[] | undefined => {
  const first = answer.choices[0]?.logprobs?.content?.[0];
  if (!first) return undefined;
  const reported = first.top_logprobs.some(({ token }) => token === first.token)
    ? first.top_logprobs
    : [...first.top_logprobs, first];
  return candidates.map((candidate) => {
    const own = reported
      .filter(({ token }) => plain(token) === plain(candidate))
      .map(({ logprob }) => logprob);
    const highest = Math.max(...own);
    if (!Number.isFinite(highest)) return Number.NEGATIVE_INFINITY;
    return highest + Math.log(own.reduce((sum, value) => sum + Math.exp(value - highest), 0));
  });
};

/** The answer came, and can't be read: asking again may help. */
export class UnreadableAnswer extends Error {}

/** Statuses after which the same request may succeed. */
const isPassing = (status: number): boolean => [408, 409, 425, 429].includes(status) || status >= 500;

/** An error's message, and those of its causes: "fetch failed" alone says nothing. */
const messageOf = (error: unknown): string =>
  error instanceof Error
    ? [error.message || error.name, ...(error.cause ? [messageOf(error.cause)] : [])].join(": ")
    : String(error);

/** What a failed request to an OpenAI-compatible server means. */
export const judgeFailure = (
  error: unknown,
  {
    model,
    keyName,
    now,
    hideKey,
  }: {
    readonly model: string;
    readonly keyName: string;
    readonly now: number;
    /** Takes the key out of a server's message. */
    readonly hideKey: (text: string) => string;
  },
): Verdict => {
  if (error instanceof UnreadableAnswer) return { reason: error.message };
  const text = hideKey(messageOf(error));
  if (!(error instanceof APIError) || error.status === undefined) return { reason: text };
  const { status } = error;
  const giveUp = (message: string, isRefusal = false): Verdict => ({
    giveUp: new ModelError({ model, status, message, isRefusal, cause: error }),
  });
  if (status === 401 || status === 403) {
    return giveUp(`the key in ${keyName} is not accepted (${text}); set one that is valid, then run again`);
  }
  if (error.code === "insufficient_quota") return giveUp(`the account's quota is used up (${text})`);
  if (status === 404)
    return giveUp(`the server knows no such model or path (${text}); check model and baseUrl`);
  if (!isPassing(status)) return giveUp(`the server refuses this request (${text})`, true);
  const wait = retryAfterMs(error.headers, now);
  return { reason: text, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
};
