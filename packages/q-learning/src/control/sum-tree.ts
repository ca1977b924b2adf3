/** Weights from which one is drawn in proportion, each changed and each found in O(log n). */
export interface SumTree {
  readonly total: number;
  get(index: number): number;
  set(index: number, weight: number): void;
  /** The index whose share of the cumulative weights holds `position`, in [0, total). Never one without weight. */
  find(position: number): number;
}

/**
 * A binary tree whose nodes are the sums of their children. Each sum is computed anew when a child changes, never
 * adjusted by a difference, so that it depends on the weights alone and not on their history.
 *
 * @see Schaul et al. 2016, appendix B.2.1. https://arxiv.org/abs/1511.05952
 */
export const createSumTree = (capacity: number): SumTree => {
  const leaves = 2 ** Math.ceil(Math.log2(Math.max(capacity, 2)));
  const nodes = new Float64Array(2 * leaves);
  return {
    get total() {
      return nodes[1]!;
    },
    get: (index) => nodes[leaves + index]!,
    set: (index, weight) => {
      let node = leaves + index;
      nodes[node] = weight;
      for (node >>= 1; node >= 1; node >>= 1) nodes[node] = nodes[2 * node]! + nodes[2 * node + 1]!;
    },
    find: (position) => {
      let [node, rest] = [1, position];
      while (node < leaves) {
        const [left, right] = [nodes[2 * node]!, nodes[2 * node + 1]!];
        // Rounding may leave a position beyond the last weight: the right side then has none to offer.
        const isLeft = rest < left || right === 0;
        if (!isLeft) rest -= left;
        node = isLeft ? 2 * node : 2 * node + 1;
      }
      return node - leaves;
    },
  };
};
