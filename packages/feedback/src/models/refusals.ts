import { InvalidArgumentError, ModelError, type TextModel } from "@accord-rl/core";
import { mapConcurrently } from "./concurrency.ts";

/** A server refuses one request; a model in this process can't take one of the conversations, too long for it. */
export const isRefusal = (error: unknown): boolean =>
  (ModelError.isInstance(error) && error.isRefusal) ||
  (InvalidArgumentError.isInstance(error) && error.argument === "conversations");

/** What stands in place of an answer that a model refused. */
export interface Refused {
  readonly refusal: Error;
}

export const isRefused = <Answer extends object>(answer: Answer | Refused): answer is Refused =>
  "refusal" in answer;

/** Counts what a model answers and refuses, and ends a run that gets nowhere. */
export interface RefusalGuard {
  answered(count: number): void;
  /** @throws ModelError once too much is refused. */
  refused(error: Error): void;
}

/** All of the first ones refused, for the same reason: the request itself is wrong. */
const firstAlike = 10;
/** A share is judged from so many conversations on. */
const leastForShare = 100;
export const defaultRefusedShare = 0.5;

/** Numbers differ from one message to the next: "has 5012 tokens". */
const kindOf = (error: Error): string => error.message.replace(/\d/g, "").slice(0, 1000);

export const createRefusalGuard = (
  model: string,
  {
    answeredBefore = 0,
    share = defaultRefusedShare,
  }: {
    /** Conversations that were answered in earlier runs. */
    readonly answeredBefore?: number;
    readonly share?: number;
  } = {},
): RefusalGuard => {
  let answered = answeredBefore;
  const kinds = new Map<string, number>();
  let refused = 0;
  const stop = (what: string, { message }: Error): never => {
    const advice = "check the model, its settings and its server";
    throw new ModelError({ model, message: `refused ${what}; ${advice}. The last: ${message}` });
  };
  return {
    answered: (count) => {
      answered += count;
    },
    refused: (error) => {
      refused++;
      kinds.set(kindOf(error), (kinds.get(kindOf(error)) ?? 0) + 1);
      if (answered === 0 && refused >= firstAlike && kinds.size === 1) {
        stop(`the first ${refused} conversations for the same reason`, error);
      }
      const all = answered + refused;
      if (all >= leastForShare && refused > share * all) {
        stop(`${refused} of ${all} conversations, more than the share of ${share} that may be`, error);
      }
    },
  };
};

/** One guard per model, however many labelers it has. */
const guards = new WeakMap<TextModel, RefusalGuard>();
const noGuard: RefusalGuard = { answered: () => {}, refused: () => {} };

/** Says that a model counts its refusals by itself. */
export const guardsItself = (model: TextModel): void => {
  guards.set(model, noGuard);
};

const guardOf = (model: TextModel): RefusalGuard => {
  const guard = guards.get(model) ?? createRefusalGuard(model.name);
  guards.set(model, guard);
  return guard;
};

/** Items asked about at a time, where each is asked about alone. */
const width = 4;

/**
 * Asks a model about items at once. Where it refuses one of them, asks about each alone, so that a refusal costs only
 * its own item.
 *
 * @throws ModelError once the first 10 were all refused for the same reason, or more than the permitted share of at
 *   least 100; and what `ask` throws that is no refusal.
 */
export const askApart = async <Item, Answer extends object>(
  model: TextModel,
  items: readonly Item[],
  ask: (items: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<(Answer | Refused)[]> => {
  const guard = guardOf(model);
  try {
    const answers = await ask(items);
    guard.answered(items.length);
    return [...answers];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (items.length === 1) {
      guard.refused(error as Error);
      return [{ refusal: error as Error }];
    }
  }
  const each = await mapConcurrently(items, { width, work: (item) => askApart(model, [item], ask) });
  return each.flat();
};
