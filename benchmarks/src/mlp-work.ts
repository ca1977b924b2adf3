import { scaleWork, type Work } from "./roofline.ts";

export const observationWidth = 4;
export const hiddenWidths: readonly number[] = [64, 64];

const floatBytes = 4;

/** A perceptron's forward and backward pass on N observations, and its optimizer with `moments` numbers per weight. */
export const mlpUpdateWork = (
  widths: readonly number[],
  observations: number,
  { moments }: { readonly moments: number },
): Work => {
  let [weights, written] = [0, widths[0]!];
  for (let i = 1; i < widths.length; i++) {
    weights += (widths[i - 1]! + 1) * widths[i]!;
    written += 2 * widths[i]!;
  }
  const forward = {
    flops: 2 * observations * weights,
    bytes: floatBytes * (weights + observations * written),
  };
  const gradient = scaleWork(forward, 3);
  return {
    flops: gradient.flops + 8 * weights,
    bytes: gradient.bytes + floatBytes * weights * (3 + 2 * moments),
  };
};
