import type { TransformerConfig } from "./transformer-config.ts";

/**
 * Reorders the rows of a query or key matrix from one rotary layout to the other. The scores stay the same, since
 * queries and keys are reordered alike.
 *
 * @param rows  [heads · size, columns], row-major
 */
export const convertRopeLayout = (
  rows: Float32Array,
  { columns, headSize, to }: { columns: number; headSize: number; to: TransformerConfig["ropeLayout"] },
): Float32Array => {
  const result = new Float32Array(rows.length);
  const half = headSize / 2;
  for (let start = 0; start < rows.length / columns; start += headSize) {
    for (let i = 0; i < half; i++) {
      for (const part of [0, 1]) {
        const interleaved = start + 2 * i + part;
        const halved = start + i + part * half;
        const [source, target] = to === "half" ? [interleaved, halved] : [halved, interleaved];
        result.set(rows.subarray(source * columns, (source + 1) * columns), target * columns);
      }
    }
  }
  return result;
};
