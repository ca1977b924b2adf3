import { createRandom, InvalidArgumentError, ModelError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { type LabelingProgress, labelPairs } from "./label-pairs.ts";

const pairs = Array.from({ length: 23 }, (_, i) => i);
/** Labels a number with itself; abstains at multiples of ten; refuses the numbers given. */
const createLabeler = (refused: readonly number[] = [], error: Error = new Error("unused")) => {
  const random = createRandom(1);
  const calls: number[][] = [];
  return {
    calls,
    label: async (batch: readonly number[]) => {
      calls.push([...batch]);
      await new Promise((resolve) => setTimeout(resolve, random.integer(4)));
      if (batch.some((pair) => refused.includes(pair))) throw error;
      return batch.map((pair) => (pair % 10 === 0 ? null : pair));
    },
  };
};
const expected = pairs.map((pair) => (pair % 10 === 0 ? null : pair));

describe("labelPairs", () => {
  it("gives each pair its own label, whichever comes first", async () => {
    for (const [batchSize, concurrency] of [
      [1, 4],
      [5, 3],
      [50, 1],
    ] as const) {
      const progress: LabelingProgress[] = [];
      const onProgress = (step: LabelingProgress) => progress.push(step);
      const labeling = await labelPairs({
        labeler: createLabeler(),
        pairs,
        batchSize,
        concurrency,
        onProgress,
      });
      expect(labeling).toEqual({ labels: expected, abstained: 3, reasons: {}, failures: [] });
      expect(progress).toHaveLength(Math.ceil(23 / batchSize));
      expect(progress.at(-1)).toEqual({ done: 23, total: 23, abstained: 3 });
    }
    expect((await labelPairs({ labeler: createLabeler(), pairs: [] })).labels).toEqual([]);
  });

  it("leaves out the pair that a model refuses, and no other", async () => {
    const refusal = new ModelError({ model: "m", message: "too long", isRefusal: true });
    const tooLong = new InvalidArgumentError({ argument: "conversations", value: 9, message: "too long" });
    for (const error of [refusal, tooLong]) {
      const labeler = createLabeler([7, 13], error);
      const labeling = await labelPairs({ labeler, pairs, batchSize: 4, concurrency: 2 });
      expect(labeling.labels).toEqual(expected.map((label) => (label === 7 || label === 13 ? null : label)));
      expect(labeling.failures).toEqual([7, 13].map((index) => ({ index, error })));
      expect(labeling.abstained).toBe(3);
    }
  });

  it("stops at any other error once what runs has ended", async () => {
    const labeler = createLabeler([2], new ModelError({ model: "m", message: "the key is not valid" }));
    await expect(labelPairs({ labeler, pairs, concurrency: 3 })).rejects.toThrow("m: the key is not valid");
    expect(labeler.calls.length).toBeLessThan(12);
  });

  it("stops when it is told to", async () => {
    const controller = new AbortController();
    const labeler = createLabeler();
    const onProgress = ({ done }: LabelingProgress) =>
      done === 5 && controller.abort(new Error("stopped by hand"));
    const options = { labeler, pairs, concurrency: 2, onProgress, signal: controller.signal };
    await expect(labelPairs(options)).rejects.toThrow("stopped by hand");
    expect(labeler.calls.length).toBeLessThanOrEqual(6);
  });

  it("notices a labeler that leaves labels out", async () => {
    const labeler = { label: async (batch: readonly number[]) => batch.slice(1) };
    await expect(labelPairs({ labeler, pairs, batchSize: 4 })).rejects.toThrow(
      /gave 3 labels.*expected 4, one per pair/,
    );
  });

  it("refuses widths below 1", async () => {
    await expect(labelPairs({ labeler: createLabeler(), pairs, concurrency: 0 })).rejects.toThrow(
      InvalidArgumentError,
    );
    await expect(labelPairs({ labeler: createLabeler(), pairs, batchSize: 0.5 })).rejects.toThrow(
      InvalidArgumentError,
    );
  });
});
