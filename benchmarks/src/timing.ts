/** How long one timed iteration repeats a short piece of work. */
export interface Budget {
  readonly seconds: number;
  /** Repetitions at least. */
  readonly least: number;
}

export const budget: Budget = { seconds: 1, least: 3 };

/** Repeats a step until the budget is used up. @returns milliseconds of one step */
export const millisecondsEach = async (step: (index: number) => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  for (let count = 1; ; count++) {
    await step(count - 1);
    const passed = performance.now() - start;
    if (count >= budget.least && passed >= 1000 * budget.seconds) return passed / count;
  }
};
