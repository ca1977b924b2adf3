/** Stops a template that would take too long or write too much. */
export interface Budget {
  /** Counts evaluated nodes and visited items. @throws Error when the template has used up its steps. */
  step(count?: number): void;
  /** Counts characters that are read or written. @throws Error when the template has used up its characters. */
  characters(count: number): void;
  /** Counts a search for one text in another, which in the worst case compares each character with each. */
  search(length: number, partLength: number): void;
  /** Runs one level deeper. @throws Error when calls nest too deeply. */
  nested<T>(run: () => T): T;
}

export interface BudgetLimits {
  readonly steps: number;
  readonly characters: number;
  readonly depth: number;
}

/** Deepest nesting of macro calls and of values. */
const depth = 100;

/**
 * Limits that grow with the input, far above what real templates use. Characters also bound the memory, so they have
 * an upper end.
 *
 * @param size.values      values that the template can read
 * @param size.characters  characters in them
 */
export const limitsFor = (size: { readonly values: number; readonly characters: number }): BudgetLimits => ({
  steps: 2 ** 19 + 1024 * size.values,
  characters: Math.min(2 ** 26 + 512 * size.characters, 2 ** 28),
  depth,
});

export const createBudget = (limits: BudgetLimits): Budget => {
  let steps = 0;
  let characters = 0;
  let level = 0;
  const addCharacters = (count: number): void => {
    characters += count;
    if (characters > limits.characters) {
      throw new Error(`it reads and writes more than ${limits.characters} characters`);
    }
  };
  return {
    step: (count = 1) => {
      steps += count;
      if (steps > limits.steps) throw new Error(`it takes more than ${limits.steps} steps`);
    },
    characters: addCharacters,
    // 32 comparisons take about as long as writing a character.
    search: (length, partLength) => addCharacters(length + Math.ceil((length * partLength) / 32)),
    nested: (run) => {
      if (level >= limits.depth) throw new Error(`it nests calls or values more than ${limits.depth} deep`);
      level++;
      try {
        return run();
      } finally {
        level--;
      }
    },
  };
};
