import { InvalidArgumentError, type State, type TensorData } from "@accord-rl/core";
import type { Transition, TransitionColumns } from "./transition.ts";

/** A ring of transitions in typed arrays; the oldest gives way. */
export interface TransitionStore {
  /** How many are there. */
  readonly size: number;
  /** @returns the slot that it took. */
  add(transition: Transition): number;
  gather(slots: Int32Array): TransitionColumns;
  state(): State;
  /** Checks a state without changing anything. @returns what puts it into force. */
  prepareRestore(state: State): () => void;
}

type Columns = { -readonly [Name in keyof TransitionColumns]: TransitionColumns[Name] };
const names = ["observations", "actions", "rewards", "discounts", "successors"] as const;

const allocate = (count: number, width: number): Columns => ({
  observations: new Float32Array(count * width),
  actions: new Int32Array(count),
  rewards: new Float32Array(count),
  discounts: new Float32Array(count),
  successors: new Float32Array(count * width),
});

const isWide = (name: (typeof names)[number]): boolean => name === "observations" || name === "successors";

const refuse = (where: string, value: unknown, message: string): never => {
  throw new InvalidArgumentError({ argument: "state", value, message: `${where}: ${message}` });
};

/** @throws InvalidArgumentError unless the capacity is an integer of 1 or more. */
export const createTransitionStore = (where: string, capacity: number): TransitionStore => {
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    const message = `${where}: capacity is ${capacity}, expected an integer of 1 or more`;
    throw new InvalidArgumentError({ argument: "capacity", value: capacity, message });
  }
  let columns = allocate(0, 0);
  let [width, size, next] = [0, 0, 0];

  return {
    get size() {
      return size;
    },
    add: ({ observation, action, reward, discount, successor }) => {
      if (size === 0) {
        width = observation.length;
        columns = allocate(capacity, width);
      }
      if (observation.length !== width || successor.length !== width) {
        const message = `${where}.add: an observation has ${observation.length} numbers, its successor ${successor.length}, expected ${width} as those before`;
        throw new InvalidArgumentError({ argument: "transition", value: observation.length, message });
      }
      const slot = next;
      columns.observations.set(observation, slot * width);
      columns.actions[slot] = action;
      columns.rewards[slot] = reward;
      columns.discounts[slot] = discount;
      columns.successors.set(successor, slot * width);
      next = (next + 1) % capacity;
      size = Math.max(size, slot + 1);
      return slot;
    },
    gather: (slots) => {
      const gathered = allocate(slots.length, width);
      slots.forEach((slot, place) => {
        gathered.actions[place] = columns.actions[slot]!;
        gathered.rewards[place] = columns.rewards[slot]!;
        gathered.discounts[place] = columns.discounts[slot]!;
        for (let i = 0; i < width; i++) {
          gathered.observations[place * width + i] = columns.observations[slot * width + i]!;
          gathered.successors[place * width + i] = columns.successors[slot * width + i]!;
        }
      });
      return gathered;
    },
    state: () => {
      const read = (name: (typeof names)[number]): TensorData => ({
        dtype: name === "actions" ? "int32" : "float32",
        shape: isWide(name) ? [size, width] : [size],
        data: columns[name].slice(0, isWide(name) ? size * width : size),
      });
      return {
        tensors: Object.fromEntries(names.map((name) => [name, read(name)])),
        json: { capacity, next },
      };
    },
    prepareRestore: ({ tensors, json }) => {
      const saved = json as { capacity?: unknown; next?: unknown } | null;
      if (saved?.capacity !== capacity) {
        const text = `the state is of a buffer of ${String(saved?.capacity)} transitions, expected ${capacity}`;
        return refuse(`${where}.restore`, saved?.capacity, text);
      }
      const [count, savedWidth] = (tensors.observations?.shape ?? []) as number[];
      const place = saved.next as number;
      const isPlace = Number.isInteger(place) && place >= 0 && place < capacity;
      const fits =
        count !== undefined &&
        savedWidth !== undefined &&
        count <= capacity &&
        isPlace &&
        (count === capacity || place === count) &&
        names.every((name) => tensors[name]?.data.length === (isWide(name) ? count * savedWidth : count));
      if (!fits) return refuse(`${where}.restore`, json, "columns are missing or of different lengths");
      const restored = allocate(count === 0 ? 0 : capacity, savedWidth);
      for (const name of names) restored[name].set(tensors[name]!.data);
      return () => {
        columns = restored;
        [width, size, next] = [savedWidth, count, place];
      };
    },
  };
};
