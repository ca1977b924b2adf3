import { createRandom, InvalidArgumentError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { createRewardModel, headOf, lastToken } from "./index.ts";
import { createTestBackbone } from "./test-backbone.ts";

const testBackbone = () => createTestBackbone(5, 4, createRandom(2));
const matrix = (rows: number[][]) => ({
  dtype: "float32" as const,
  shape: [rows.length, rows[0]?.length ?? 0],
  data: Float32Array.from(rows.flat()),
});

describe("headOf", () => {
  const two = {
    labels: ["bad", "good"],
    scoreWeight: matrix([
      [1, 2, 3],
      [5, 4, 1],
    ]),
  };
  it("is the row of a head of one label", () => {
    expect([...headOf({ labels: ["LABEL_0"], scoreWeight: matrix([[1, 2]]) })]).toEqual([1, 2]);
  });
  it("mixes the rows by their shares: 1 and −1 are log odds", () => {
    expect([...headOf(two, { good: 1, bad: -1 })]).toEqual([4, 2, -2]);
    expect([...headOf(two, { good: 0.5 })]).toEqual([2.5, 2, 0.5]);
  });
  it.each([
    { head: two, shares: undefined, message: "say how much each counts" },
    { head: two, shares: {}, message: "no label counts" },
    { head: two, shares: { great: 1 }, message: 'no label "great", expected some of bad, good' },
    { head: two, shares: { good: Number.NaN }, message: 'share of "good" is NaN' },
    { head: { ...two, labels: ["bad"] }, shares: { bad: 1 }, message: "expected [1 labels, width]" },
  ])("refuses: $message", ({ head, shares, message }) => {
    expect(() => headOf(head, shares)).toThrow(message);
    expect(() => headOf(head, shares)).toThrow(InvalidArgumentError);
  });
});

describe("createRewardModel", () => {
  it("takes a head's weights as they are", async () => {
    const texts = [[1, 2], [3]];
    const [first, second] = [3, -3].map((share) => {
      const backbone = testBackbone();
      const headWeights = Float32Array.from({ length: backbone.width }, (_, i) => share * (i + 1));
      return createRewardModel({ backbone, pooling: lastToken, headWeights });
    });
    const scores = (await first?.score(texts)) as number[];
    expect(scores.some((score) => Math.abs(score) > 1e-3)).toBe(true);
    expect(await second?.score(texts)).toBeAllClose(scores.map((score) => -score));
    first?.dispose();
    second?.dispose();
  });
  it("refuses a head of another width", () => {
    const backbone = testBackbone();
    expect(() =>
      createRewardModel({ backbone, pooling: lastToken, headWeights: new Float32Array(2) }),
    ).toThrow("headWeights has 2 numbers");
    expect(createRewardModel({ backbone, pooling: lastToken, random: createRandom(1) }).contextLength).toBe(
      backbone.contextLength,
    );
  });
});
