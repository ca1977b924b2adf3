import { InvalidArgumentError, type Random, type Stateful } from "@accord-rl/core";
import { z } from "zod";

const check = (items: readonly unknown[], size: number): void => {
  const reject = (argument: string, value: unknown, message: string): never => {
    throw new InvalidArgumentError({ argument, value, message });
  };
  if (!Number.isInteger(size) || size < 1) {
    reject("size", size, `batches: size is ${size}, expected a whole number of at least 1`);
  }
  if (items.length === 0) reject("items", items, "batches: there are no items");
};

/** One epoch: every item once, in random order, in batches of `size`; the last one may be smaller. */
export const epochBatches = <T>(items: readonly T[], size: number, random: Random): T[][] => {
  check(items, size);
  const order = random.shuffle(items);
  return Array.from({ length: Math.ceil(order.length / size) }, (_, i) =>
    order.slice(i * size, (i + 1) * size),
  );
};

/** An endless supply of batches whose place can be saved and restored. */
export interface Batches<T> extends Stateful {
  /** The next `size` items. */
  next(): T[];
  /** How often every item has been given. */
  readonly epoch: number;
}

const placeSchema = z.object({
  items: z.number(),
  epoch: z.number().int().min(0),
  position: z.number().int().min(0),
  epochStart: z.json(),
});

/**
 * Gives batches of `size` without end: each epoch is a new shuffle of all items, and a batch at its end goes on into
 * the next one, so that every batch is full.
 *
 * @param random  owned by the batches from here on: give a fork.
 */
export const batches = <T>(items: readonly T[], size: number, random: Random): Batches<T> => {
  check(items, size);
  let epoch = 0;
  let position = 0;
  let epochStart = random.state();
  let order = random.shuffle(items);

  const nextItem = (): T => {
    if (position === order.length) {
      epoch += 1;
      position = 0;
      epochStart = random.state();
      order = random.shuffle(items);
    }
    return order[position++] as T;
  };

  return {
    next: () => Array.from({ length: size }, nextItem),
    get epoch() {
      return epoch;
    },
    // The order is not saved: it follows from the generator's place when the epoch began.
    state: async () => ({ tensors: {}, json: { items: items.length, epoch, position, epochStart } }),
    restore: ({ json }) => {
      const place = placeSchema.safeParse(json);
      if (!place.success || place.data.items !== items.length || place.data.position > items.length) {
        const expected = `a state of batches over ${items.length} items`;
        const message = `batches.restore: got ${JSON.stringify(json).slice(0, 200)}, expected ${expected}`;
        throw new InvalidArgumentError({ argument: "state", value: json, message });
      }
      random.restore(place.data.epochStart);
      ({ epoch, position, epochStart } = place.data);
      order = random.shuffle(items);
    },
  };
};
