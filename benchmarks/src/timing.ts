/** How long one timed iteration repeats a short piece of work. */
export interface Budget {
  readonly seconds: number;
  /** Repetitions at least. */
  readonly least: number;
}

export const budget: Budget = { seconds: 1, least: 3 };

/**
 * Repeats a step until the budget is used up.
 *
 * @param prepare  what a step needs; not timed
 * @returns milliseconds of one step
 */
export const millisecondsEach = async <Input>(
  step: (input: Input) => Promise<unknown>,
  prepare: (index: number) => Promise<Input> | Input,
  { seconds, least }: Budget = budget,
): Promise<number> => {
  let passed = 0;
  for (let count = 1; ; count++) {
    const input = await prepare(count - 1);
    const start = performance.now();
    await step(input);
    passed += performance.now() - start;
    if (count >= least && passed >= 1000 * seconds) return passed / count;
  }
};
