/** How many nodes can be reached from node 0. */
const reach = (size: number, edges: ReadonlyMap<number, readonly number[]>): number => {
  const seen = new Set([0]);
  for (const node of seen) for (const next of edges.get(node) ?? []) seen.add(next);
  return Math.min(seen.size, size);
};

/** Whether every item has, through a chain of wins, beaten every other one: Ford's condition for finite strengths. */
export const isStronglyConnected = (
  size: number,
  wins: readonly { readonly winner: number; readonly loser: number; readonly count: number }[],
): boolean => {
  const [forward, backward] = [new Map<number, number[]>(), new Map<number, number[]>()];
  for (const { winner, loser, count } of wins) {
    if (count <= 0) continue;
    forward.set(winner, [...(forward.get(winner) ?? []), loser]);
    backward.set(loser, [...(backward.get(loser) ?? []), winner]);
  }
  return reach(size, forward) === size && reach(size, backward) === size;
};
