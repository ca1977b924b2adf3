import { type Json, ModelError } from "@accord-rl/core";
import { z } from "zod";
import type { AnswerCache } from "./answer-cache.ts";

/** A refusal among the answers. */
const refusalSchema = z.strictObject({
  refused: z.strictObject({ message: z.string(), status: z.number().int().optional() }),
});

/** Refusals of a model: those of this process, and those that a cache of answers keeps. */
export interface KeptRefusals {
  readonly get: (key: string) => Error | undefined;
  readonly add: (key: string, error: Error) => void;
  /** To be called once something was answered. */
  readonly write: () => void;
}

/**
 * Keeps refusals. They are written only once the cache has an answer: where nothing was ever answered, the model or its
 * server may be set up wrongly, and the next run has to ask again. Those of a model in this process are not written.
 */
export const createKeptRefusals = (model: string, cache: AnswerCache): KeptRefusals => {
  const known = new Map<string, Error>();
  const unwritten = new Map<string, Json>();
  const prefix = `${model}: `;

  const read = (key: string): Error | undefined => {
    const result = refusalSchema.safeParse(cache.get(key));
    if (!result.success) return undefined;
    const { message, status } = result.data.refused;
    const given = status === undefined ? {} : { status };
    return new ModelError({ model, message, isRefusal: true, ...given });
  };
  const write = (): void => {
    for (const [key, answer] of unwritten) {
      cache.set(key, answer);
      unwritten.delete(key);
    }
  };

  return {
    get: (key) => known.get(key) ?? read(key),
    add: (key, error) => {
      known.set(key, error);
      if (!ModelError.isInstance(error)) return;
      const { message, status } = error;
      const bare = message.startsWith(prefix) ? message.slice(prefix.length) : message;
      unwritten.set(key, { refused: { message: bare, ...(status === undefined ? {} : { status }) } });
      if (cache.size > 0) write();
    },
    write,
  };
};
