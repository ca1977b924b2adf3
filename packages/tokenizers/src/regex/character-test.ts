/** Whether a code point fits a character or class of a pattern. */
export type CharacterTest = (codePoint: number) => boolean;

/** Asks JavaScript's own engine about each character once. Characters beyond Latin are kept in a map with an end. */
const createTest = (raw: string): CharacterTest => {
  const pattern = new RegExp(`^(?:${raw})$`, "u");
  const latin = new Int8Array(256);
  const others = new Map<number, boolean>();
  return (codePoint) => {
    if (codePoint < 256) {
      const known = latin[codePoint] as number;
      if (known !== 0) return known > 0;
      const result = pattern.test(String.fromCodePoint(codePoint));
      latin[codePoint] = result ? 1 : -1;
      return result;
    }
    const known = others.get(codePoint);
    if (known !== undefined) return known;
    const result = pattern.test(String.fromCodePoint(codePoint));
    if (others.size >= 4096) others.clear();
    others.set(codePoint, result);
    return result;
  };
};

/** One test for each class of a pattern, however often it is written. */
export const createCharacterTests = (): ((raw: string) => CharacterTest) => {
  const tests = new Map<string, CharacterTest>();
  return (raw) => {
    const test = tests.get(raw) ?? createTest(raw);
    tests.set(raw, test);
    return test;
  };
};
