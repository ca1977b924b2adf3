import { describe, expect, it } from "vitest";
import { mlpUpdateWork } from "./mlp-work.ts";
import { rooflineOf } from "./roofline.ts";
import { forwardWork, generationWork, gradientWork, parameterCount } from "./transformer-work.ts";

const rates = { matmulGflops: 100, copyGigabytes: 10 };

describe("rooflineOf", () => {
  it("names the larger bound, and its share of the time", () => {
    // 50 GFLOP at 100 GFLOP/s take 0.5 s, 1 GB at 10 GB/s 0.1 s.
    const arithmetic = rooflineOf({ flops: 50e9, bytes: 1e9 }, 1, rates);
    expect(arithmetic).toMatchObject({ arithmeticSeconds: 0.5, memorySeconds: 0.1, share: 0.5 });
    expect(arithmetic.limit).toBe("arithmetic");
    expect(rooflineOf({ flops: 1e9, bytes: 8e9 }, 1, rates).limit).toBe("memory");
  });

  it("blames neither where both explain less than a third", () => {
    expect(rooflineOf({ flops: 1e9, bytes: 1e9 }, 1, rates).limit).toBe("calls and small operations");
  });
});

describe("work", () => {
  const model = {
    vocabularySize: 10,
    width: 4,
    hiddenWidth: 6,
    layers: 1,
    heads: 2,
    keyValueHeads: 1,
    contextLength: 8,
    ropeTheta: 1e4,
    ropeLayout: "half",
    normEpsilon: 1e-5,
    tiedOutput: true,
  } as const;
  // W_qkv 4·(4 + 2·2), W_o 4·4, feed-forward 3·4·6: 120 weights of the layer; 4·10 of the output.
  const [layer, output] = [120, 40];

  it("counts weights", () => {
    expect(parameterCount(model)).toBe(layer + output);
    expect(parameterCount({ ...model, tiedOutput: false })).toBe(layer + 2 * output);
  });

  it("counts two operations for each weight and token, and four for each pair of tokens and number", () => {
    const { flops } = forwardWork(model, { batch: 2, length: 3, outputs: 1 });
    // 6 tokens; pairs that see each other: 2 · (1 + 2 + 3).
    expect(flops).toBe(2 * 6 * layer + 4 * 4 * 12 + 2 * output);
    expect(gradientWork(model, { batch: 2, length: 3, outputs: 1 }).flops).toBe(3 * flops);
  });

  it("counts generation as one reading of the prompt and one step for each token but the last", () => {
    const reading = forwardWork(model, { batch: 2, length: 3, outputs: 2 });
    const all = generationWork(model, { batch: 2, promptLength: 3, newTokens: 3 });
    // Two steps, which see 4 and 5 tokens.
    expect(all.flops - reading.flops).toBe(2 * 2 * 2 * (layer + output) + 4 * 4 * 2 * 9);
  });

  it("counts a perceptron's update", () => {
    // 4·2 + 2 weights and biases; forward and backward 3 · 2 · 5 · 10, the optimizer 8 for each.
    expect(mlpUpdateWork([4, 2], 5, { moments: 2 }).flops).toBe(300 + 80);
  });
});
