/** A pair of neighbours that could merge; the heap's order: best score first, then the leftmost. */
interface Candidate {
  readonly left: number;
  readonly right: number;
  readonly id: number;
  readonly score: number;
  /** Ids of both sides when this was found: it is stale once one of them changed. */
  readonly leftId: number;
  readonly rightId: number;
}

const isBetter = (a: Candidate, b: Candidate): boolean =>
  a.score > b.score || (a.score === b.score && a.left < b.left);

const push = (heap: Candidate[], item: Candidate): void => {
  heap.push(item);
  for (let i = heap.length - 1; i > 0; ) {
    const parent = (i - 1) >> 1;
    if (!isBetter(heap[i] as Candidate, heap[parent] as Candidate)) return;
    [heap[i], heap[parent]] = [heap[parent] as Candidate, heap[i] as Candidate];
    i = parent;
  }
};

const pop = (heap: Candidate[]): Candidate | undefined => {
  const top = heap[0];
  const last = heap.pop();
  if (heap.length === 0 || last === undefined) return top;
  heap[0] = last;
  for (let i = 0; ; ) {
    let best = i;
    for (const child of [2 * i + 1, 2 * i + 2]) {
      if (child < heap.length && isBetter(heap[child] as Candidate, heap[best] as Candidate)) best = child;
    }
    if (best === i) return top;
    [heap[i], heap[best]] = [heap[best] as Candidate, heap[i] as Candidate];
    i = best;
  }
};

/** Merges neighbours, the pair with the best score first, until no pair is in the vocabulary. */
export const mergePairs = (
  start: readonly number[],
  merge: (left: number, right: number) => { id: number; score: number } | undefined,
): number[] => {
  const ids: number[] = [...start];
  const next = ids.map((_, i) => i + 1);
  const previous = ids.map((_, i) => i - 1);
  const heap: Candidate[] = [];
  const consider = (left: number, right: number) => {
    if (left < 0 || right >= ids.length) return;
    const [leftId, rightId] = [ids[left] as number, ids[right] as number];
    const merged = merge(leftId, rightId);
    if (merged) push(heap, { left, right, leftId, rightId, ...merged });
  };
  for (let i = 0; i + 1 < ids.length; i++) consider(i, i + 1);
  for (let best = pop(heap); best; best = pop(heap)) {
    const { left, right, leftId, rightId, id } = best;
    if (ids[left] !== leftId || ids[right] !== rightId || next[left] !== right) continue;
    ids[left] = id;
    ids[right] = -1;
    const after = next[right] as number;
    next[left] = after;
    if (after < ids.length) previous[after] = left;
    consider(previous[left] as number, left);
    consider(left, after);
  }
  return ids.filter((id) => id >= 0);
};
