/** At most `width` of the given tasks at a time, each started in order. */
export const createGate = (width: number): (<T>(task: () => Promise<T>) => Promise<T>) => {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= width) await new Promise<void>((start) => waiting.push(start));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift(); // takes over the place
      if (next) next();
      else running--;
    }
  };
};

/**
 * Works on items, at most `width` at a time, and gives the results in order. At the first failure, or when `signal`
 * aborts, nothing new begins; what runs is waited for, so that nothing already paid is lost; then it throws.
 */
export const mapConcurrently = async <Item, Result>(
  items: readonly Item[],
  {
    width,
    signal,
    work,
  }: {
    readonly width: number;
    readonly signal?: AbortSignal | undefined;
    readonly work: (item: Item, index: number) => Promise<Result>;
  },
): Promise<Result[]> => {
  const results = new Array<Result>(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && failures.length === 0 && !signal?.aborted) {
      const index = next++;
      try {
        results[index] = await work(items[index] as Item, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  signal?.throwIfAborted();
  return results;
};
