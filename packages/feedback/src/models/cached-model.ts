import { createHash } from "node:crypto";
import {
  type Completion,
  type Conversation,
  createRandom,
  DataError,
  type Json,
  ModelError,
  refuse,
  requireCount,
  type TextModel,
  type TokenUsage,
} from "@accord-rl/core";
import { z } from "zod";

import type { AnswerCache } from "./answer-cache.ts";
import { createGate } from "./concurrency.ts";
import { createKeptRefusals } from "./kept-refusals.ts";
import { createMeter, type Meter } from "./meter.ts";
import { createRefusalGuard, defaultRefusedShare, guardsItself, isRefusal } from "./refusals.ts";

/** A model that never asks twice what it has been answered. */
export interface CachedModel extends TextModel {
  /** Answers of this process that the model was asked for, and their tokens. */
  readonly paid: Meter;
  /** Answers that the cache gave, and the tokens they once cost. */
  readonly saved: Meter;
}

export interface CachedModelOptions {
  readonly model: TextModel;
  readonly cache: AnswerCache;
  /** Conversations in one call of the model: 1 keeps each answer as soon as it is there; local models may batch. Default 1. */
  readonly batchSize?: number;
  /** Calls at a time. Default 8. */
  readonly concurrency?: number;
  /**
   * Stops once the model has refused more than this share of at least 100 conversations. It always stops where the first
   * 10 were refused for the same reason, and nothing was ever answered. Default 0.5.
   */
  readonly refusedShare?: number;
}

const tokens = z.number().int().min(0).optional();
const completionSchema = z.object({
  text: z.string(),
  finished: z.boolean(),
  inputTokens: tokens,
  outputTokens: tokens,
});
/** JSON has no −∞: null stands for it. */
const scoresSchema = z.object({
  logProbs: z.array(z.number().nullable()),
  inputTokens: tokens,
  outputTokens: tokens,
});

const hash = (content: Json): string =>
  createHash("sha256").update(JSON.stringify(content)).digest("base64url");
const turns = (conversation: Conversation): Json => conversation.map(({ role, content }) => [role, content]);

/**
 * Keeps what a model answers on disk, under the hash of model, messages and settings. Sampled answers count as the same
 * where the seed is: the n-th time that one call asks the same thing is kept as the n-th answer.
 *
 * What a server refused is kept, too, and not asked again. A call of which a conversation was refused throws the refusal
 * once all others are answered and kept.
 */
export const cacheAnswers = ({
  model,
  cache,
  batchSize = 1,
  concurrency = 8,
  refusedShare = defaultRefusedShare,
}: CachedModelOptions): CachedModel => {
  requireCount("cacheAnswers", "batchSize", batchSize);
  requireCount("cacheAnswers", "concurrency", concurrency);
  if (!(refusedShare > 0 && refusedShare <= 1)) {
    refuse("cacheAnswers", "refusedShare", refusedShare, "a number above 0, at most 1");
  }
  const refusals = createKeptRefusals(model.name, cache);
  // What is kept was answered: a resumed run whose last conversations are all refused is not one that gets nowhere.
  const guard = createRefusalGuard(model.name, { answeredBefore: cache.size, share: refusedShare });
  const gate = createGate(concurrency);
  const asking = new Map<string, Promise<void>>();
  const [paid, saved] = [createMeter(), createMeter()];

  /** Asks, and keeps the answers; where one of several conversations is refused, asks about each alone. */
  const askAndKeep = async (keys: readonly string[], at: readonly number[], ask: Ask): Promise<void> => {
    try {
      const answers = await ask(at);
      if (answers.length !== at.length) {
        const message = `gave ${answers.length} answers to ${at.length} conversations, expected one each`;
        throw new ModelError({ model: model.name, message });
      }
      answers.forEach((answer, i) => {
        cache.set(keys[at[i]!]!, answer);
      });
      guard.answered(at.length);
      refusals.write();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (at.length === 1) {
        refusals.add(keys[at[0]!]!, error as Error);
        guard.refused(error as Error);
      } else for (const index of at) await askAndKeep(keys, [index], ask);
    }
  };

  /** Asks for all of these at once, as far as the gate lets them; after a failure nothing new begins. */
  const pay = async (keys: readonly string[], missing: readonly number[], ask: Ask): Promise<void> => {
    const failures: unknown[] = [];
    const payBatch = async (at: readonly number[]): Promise<void> => {
      try {
        await gate(async () => {
          if (failures.length === 0) await askAndKeep(keys, at, ask);
        });
      } catch (error) {
        failures.push(error);
      } finally {
        for (const index of at) asking.delete(keys[index]!);
      }
    };
    const batches = Array.from({ length: Math.ceil(missing.length / batchSize) }, (_, i) => {
      const at = missing.slice(i * batchSize, (i + 1) * batchSize);
      const batch = payBatch(at);
      for (const index of at) asking.set(keys[index]!, batch);
      return batch;
    });
    await Promise.all(batches);
    if (failures.length > 0) throw failures[0];
  };

  const answersTo = async (keys: readonly string[], ask: Ask): Promise<Json[]> => {
    const ours = new Set<number>();
    for (;;) {
      const open = new Map(keys.map((key, index) => [key, index] as const));
      for (const key of open.keys()) {
        if (cache.get(key) !== undefined || refusals.get(key) !== undefined) open.delete(key);
      }
      if (open.size === 0) break;
      const others = [...open.keys()].flatMap((key) => asking.get(key) ?? []);
      const missing = [...open].flatMap(([key, index]) => (asking.has(key) ? [] : [index]));
      for (const index of missing) ours.add(index);
      await pay(keys, missing, ask);
      await Promise.all(others); // where they failed, the next turn asks again
    }
    const refusal = keys.map(refusals.get).find((error) => error !== undefined);
    if (refusal) throw refusal;
    return keys.map((key, index) => {
      const answer = cache.get(key)!;
      (ours.has(index) ? paid : saved).add(answer as Partial<TokenUsage>);
      return answer;
    });
  };

  const decode = <T>(schema: z.ZodType<T>, answer: Json): T => {
    const result = schema.safeParse(answer);
    if (result.success) return result.data;
    const message = `a kept answer is not one of this kind; move the file away, and its answers are asked again`;
    throw new DataError({ path: cache.path, message });
  };

  const complete: TextModel["complete"] = async (conversations, { maxNewTokens, random }) => {
    const seed = random ? random.integer(2 ** 32) : null;
    const times = new Map<string, number>();
    const keys = conversations.map((conversation) => {
      const question: Json = ["complete", model.name, turns(conversation), maxNewTokens, seed];
      if (seed === null) return hash(question);
      const text = JSON.stringify(question);
      const time = times.get(text) ?? 0;
      times.set(text, time + 1);
      return hash([...question, time]);
    });
    const answers = await answersTo(keys, async (at) => {
      const own = seed === null ? {} : { random: createRandom(seed).fork(hash(at.map((i) => keys[i]!))) };
      const given = await model.complete(
        at.map((i) => conversations[i]!),
        { maxNewTokens, ...own },
      );
      return given.map((completion) => ({ ...completion }));
    });
    return answers.map((answer) => decode(completionSchema, answer) as Completion);
  };

  const scoreCandidates: NonNullable<TextModel["scoreCandidates"]> = async (
    conversations,
    candidates,
    { onUsage } = {},
  ) => {
    const keys = conversations.map((conversation) =>
      hash(["score", model.name, turns(conversation), [...candidates]]),
    );
    const answers = await answersTo(keys, async (at) => {
      const usages: (TokenUsage | undefined)[] = at.map(() => undefined);
      const scores = await model.scoreCandidates!(
        at.map((i) => conversations[i]!),
        candidates,
        {
          onUsage: (index, usage) => {
            usages[index] = usage;
          },
        },
      );
      return scores.map((row, i) => ({
        logProbs: row.map((value) => (Number.isFinite(value) ? value : null)),
        ...usages[i],
      }));
    });
    return answers.map((answer, index) => {
      const { logProbs, inputTokens, outputTokens } = decode(scoresSchema, answer);
      if (inputTokens !== undefined && outputTokens !== undefined) {
        onUsage?.(index, { inputTokens, outputTokens });
      }
      return logProbs.map((value) => value ?? Number.NEGATIVE_INFINITY);
    });
  };

  const cached = {
    ...{ name: model.name, paid, saved, complete },
    ...(model.scoreCandidates ? { scoreCandidates } : {}),
  };
  guardsItself(cached);
  return cached;
};

/** Asks the model about the conversations with these indices. */
type Ask = (at: readonly number[]) => Promise<readonly Json[]>;
