import { InvalidArgumentError, type Random } from "@accord-rl/core";

const reject = (value: unknown, message: string): never => {
  throw new InvalidArgumentError({ argument: "parts", value, message: `splitSeeded: ${message}` });
};

/** The number of items of each part: fractions where they add up to at most 1, else counts. */
const countsOf = (sizes: readonly number[], available: number): number[] => {
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (sizes.some((size) => !(size >= 0))) reject(sizes, `a size of [${sizes}] is negative or no number`);
  if (sum <= 1 + 1e-9) {
    let before = 0;
    return sizes.map((fraction, i) => {
      const from = Math.round(before * available);
      before = i === sizes.length - 1 && sum > 1 - 1e-9 ? 1 : before + fraction;
      return Math.round(before * available) - from;
    });
  }
  if (!sizes.every(Number.isInteger)) {
    reject(sizes, `sizes [${sizes}] are neither fractions that add up to at most 1 nor whole numbers`);
  }
  if (sum > available) reject(sizes, `sizes [${sizes}] need ${sum} items, but there are ${available}`);
  return [...sizes];
};

/**
 * Splits items at random into disjoint parts, as `{ train: 0.8, validation: 0.1, test: 0.1 }` or by counts.
 *
 * The same items, sizes and seed give the same parts: whatever was drawn from `random` before, and in whatever order
 * the parts are named. With `key`, also in whatever order the items come.
 *
 * @param parts        fractions that add up to at most 1, or numbers of items.
 * @param options.key  identifies an item; two items with one key are refused, since both sides of a split could get
 *   one. Remove duplicates with `uniqueBy` first.
 */
export const splitSeeded = <T, Part extends string>(
  items: readonly T[],
  parts: Readonly<Record<Part, number>>,
  random: Random,
  { key }: { key?: (item: T) => string } = {},
): Record<Part, T[]> => {
  const names = (Object.keys(parts) as Part[]).sort();
  const counts = countsOf(
    names.map((name) => parts[name]),
    items.length,
  );
  const shuffled = random.fork("split").shuffle(key ? sortByKey(items, key) : items);
  let start = 0;
  const split = names.map((name, i): [Part, T[]] => {
    const end = start + (counts[i] ?? 0);
    const part = shuffled.slice(start, end);
    start = end;
    return [name, part];
  });
  return Object.fromEntries(split) as Record<Part, T[]>;
};

const sortByKey = <T>(items: readonly T[], key: (item: T) => string): T[] => {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const twice = keyed.find((entry, i) => entry.key === keyed[i + 1]?.key);
  if (twice) {
    const message = `splitSeeded: two items have the key "${twice.key.slice(0, 80)}"; remove duplicates first`;
    throw new InvalidArgumentError({ argument: "items", value: twice.item, message });
  }
  return keyed.map((entry) => entry.item);
};
