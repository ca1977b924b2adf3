import { createRandom } from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { rowDraws, type Sampler, sampleCategorical, sampleMostLikely, takeMostLikely } from "./sampling.ts";

const probabilities = [0.1, 0.4, 0, 0.3, 0.2];
const logits = probabilities.map((p) => (p === 0 ? -1e9 : Math.log(p)));

/** Tokens and log-probabilities that a sampler gives to evenly spread draws. */
const spread = (sampler: Sampler, count = 100) => {
  const draws = Float32Array.from({ length: count }, (_, i) => (i + 0.5) / count);
  const rows = tf.tensor2d(Array.from({ length: count }, () => logits));
  const { tokens, logProbs } = sampler(rows, tf.tensor1d(draws));
  return {
    tokens: Array.from(tokens.dataSync()),
    logProbs: Array.from(logProbs.dataSync()),
    dtype: tokens.dtype,
  };
};
const shares = (tokens: readonly number[]) =>
  logits.map((_, token) => tokens.filter((other) => other === token).length / tokens.length);

describe("samplers", () => {
  it("give each token its probability", () => {
    const { tokens, logProbs, dtype } = spread(sampleCategorical);
    expect(shares(tokens)).toBeAllClose(probabilities);
    expect(logProbs).toBeAllClose(
      tokens.map((token) => logits[token] as number),
      { atol: 1e-5 },
    );
    expect(dtype).toBe("int32");
  });
  it("take the most likely", () => {
    const { tokens, logProbs, dtype } = spread(takeMostLikely, 2);
    expect(tokens).toEqual([1, 1]);
    expect(logProbs).toBeAllClose([Math.log(0.4), Math.log(0.4)], { atol: 1e-5 });
    expect(dtype).toBe("int32");
  });
  it("share the probability among the k most likely", () => {
    const { tokens, logProbs, dtype } = spread(sampleMostLikely({ topK: 2 }), 70);
    expect(shares(tokens)).toBeAllClose([0, 4 / 7, 0, 3 / 7, 0]);
    expect(logProbs[0]).toBeCloseTo(Math.log(4 / 7), 5);
    expect(dtype).toBe("int32");
  });
  it("share it among the fewest that reach p: 0.4 + 0.3 < 0.75 ≤ 0.4 + 0.3 + 0.2", () => {
    const { tokens } = spread(sampleMostLikely({ topP: 0.75 }), 90);
    expect(shares(tokens)).toBeAllClose([0, 4 / 9, 0, 3 / 9, 2 / 9]);
  });
  it("apply p to what k has left: 4/7 reaches 0.5", () => {
    expect(shares(spread(sampleMostLikely({ topK: 2, topP: 0.5 })).tokens)).toBeAllClose([0, 1, 0, 0, 0]);
  });
  it("leave the distribution whole at k = V and p = 1", () => {
    expect(shares(spread(sampleMostLikely({ topK: 5, topP: 1 })).tokens)).toBeAllClose(probabilities);
  });
  it("search a large vocabulary as they do a small one, whatever its size", () => {
    for (const size of [256, 300, 1280]) {
      const weights = Float32Array.from({ length: size }, (_, i) =>
        i % 3 === 1 || i < 130 ? 0 : 1 + Math.sin(i),
      );
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const draws = Float32Array.from({ length: 50 }, (_, i) => (i + 0.5) / 50);
      const rows = tf.tile(
        tf.tensor2d(
          weights.map((w) => (w === 0 ? -1e9 : Math.log(w))),
          [1, size],
        ),
        [50, 1],
      ) as tf.Tensor2D;
      const { tokens, logProbs } = sampleCategorical(rows, tf.tensor1d(draws));
      const cumulative = Array.from(
        weights,
        (_, i) => weights.slice(0, i + 1).reduce((sum, w) => sum + w, 0) / total,
      );
      const expected = Array.from(draws, (draw) => cumulative.findIndex((share) => share >= draw));
      expect(Array.from(tokens.dataSync())).toEqual(expected);
      expect(logProbs).toBeAllClose(
        expected.map((token) => Math.log((weights[token] as number) / total)),
        { rtol: 1e-4 },
      );
    }
  });
  it("never give a token without probability, at either end of the draws", () => {
    for (const size of [4, 1000]) {
      const impossible = Array.from({ length: size }, (_, i) => (i === 1 || i === 2 ? 0 : -1e9));
      const { tokens } = sampleCategorical(tf.tensor2d([impossible, impossible]), tf.tensor1d([2 ** -33, 1]));
      expect([...tokens.dataSync()]).toEqual([1, 2]);
    }
  });
  it("leak nothing when tidied", async () => {
    const rows = tf.tensor2d([logits]);
    const draws = tf.tensor1d([0.5]);
    for (const sampler of [sampleCategorical, takeMostLikely, sampleMostLikely({ topK: 2, topP: 0.5 })]) {
      await expectNoLeak(() => tf.tidy(() => ({ ...sampler(rows, draws) })));
    }
  });
});

describe("rowDraws", () => {
  it("gives a row the same draws whatever the number of rows", () => {
    const [one, three] = [rowDraws(createRandom(5), 1), rowDraws(createRandom(5), 3)];
    for (let i = 0; i < 3; i++) expect(one()[0]).toBe(three()[0]);
  });
  it("moves on between calls, and differs between rows", () => {
    const next = rowDraws(createRandom(5), 2);
    const draws = [...next(), ...next()];
    expect(new Set(draws).size).toBe(4);
  });
});
