import { InvalidArgumentError, type Random } from "@accord-rl/core";

/** The same text for the same content, in whatever order its fields were written. */
const contentOf = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );

export interface HashSplitOptions<T> {
  /** What an item is known by: items with the same key are on the same side. Default: its whole content. */
  readonly key?: (item: T) => string;
}

/**
 * Says for each item alone which part it belongs to, by a hash of its content: what a stream needs, which is not in memory
 * as a whole. The part does not depend on the other items, nor on their order; an item that stands twice is on one side only.
 * Parts have their share on average: for exact numbers, `splitSeeded`.
 *
 * @param parts   shares that add up to at most 1, as `{ train: 0.9, test: 0.1 }`.
 * @param random  its seed decides; whatever was drawn from it before doesn't.
 * @returns the part's name, or null for an item that belongs to none: where the shares leave a rest.
 */
export const hashSplit = <T, Part extends string>(
  parts: Readonly<Record<Part, number>>,
  random: Random,
  { key = contentOf }: HashSplitOptions<T> = {},
): ((item: T) => Part | null) => {
  const shares = (Object.entries(parts) as [Part, number][]).sort(([a], [b]) => (a < b ? -1 : 1));
  const upTo = (count: number) => shares.slice(0, count).reduce((total, [, share]) => total + share, 0);
  const sum = upTo(shares.length);
  if (!(shares.every(([, share]) => share >= 0) && sum <= 1 + 1e-9)) {
    const message = `hashSplit: the shares are ${JSON.stringify(parts)}, expected numbers of 0 or more that add up to at most 1`;
    throw new InvalidArgumentError({ argument: "parts", value: parts, message });
  }
  const ends = shares.map(([name], i) => [name, upTo(i + 1)] as const);
  const seeded = random.fork("hash split");
  return (item) => {
    const place = seeded.fork(key(item)).uniform();
    const isWhole = sum > 1 - 1e-9;
    return ends.find(([, end]) => place < end)?.[0] ?? (isWhole ? ends.at(-1)![0] : null);
  };
};

/** Those items of a stream that a test keeps. */
export async function* filterStream<T>(
  items: AsyncIterable<T> | Iterable<T>,
  isKept: (item: T) => boolean,
): AsyncGenerator<T, void, undefined> {
  for await (const item of items) if (isKept(item)) yield item;
}
