/** Number of letters to insert, delete, replace or swap with their neighbour, to turn one word into the other. */
const editDistance = (a: string, b: string): number => {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...new Array<number>(b.length).fill(0)]);
  for (let j = 0; j <= b.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      }
      rows[i]![j] = least;
    }
  }
  return rows[a.length]![b.length]!;
};

/** The candidate that the user most likely meant, or undefined where none is near. */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const lower = word.toLowerCase();
  const scored = candidates.map((candidate) => {
    const isPart = lower.length >= 3 && candidate.toLowerCase().includes(lower);
    return {
      candidate,
      distance: Math.min(editDistance(lower, candidate.toLowerCase()), isPart ? 1 : Infinity),
    };
  });
  scored.sort((a, b) => a.distance - b.distance);
  const best = scored[0];
  return best && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
};

/** `; did you mean X?`, or nothing. */
export const didYouMean = (
  word: string,
  candidates: readonly string[],
  show: (candidate: string) => string = (candidate) => candidate,
): string => {
  const found = nearest(word, candidates);
  return found === undefined ? "" : `; did you mean ${show(found)}?`;
};
