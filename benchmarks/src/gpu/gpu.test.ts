import { describe, expect, it } from "vitest";
import { compareAnswers } from "./compare-answers.ts";
import { gpuMarkdown } from "./gpu-report.ts";
import { describeGpu, findPeerPython } from "./machine.ts";
import { chipPeak } from "./peaks.ts";

const answers = {
  backend: "gpu",
  loss: 2,
  gradients: { weight: [0.5, -1] },
  texts: [
    [1, 2],
    [3, 4],
  ],
  ppo: { loss: 0.1, policyLoss: 0, valueLoss: 0.2, klNats: 0 },
};

describe("compareAnswers", () => {
  it("finds no fault with the same answers", () => {
    expect(compareAnswers(answers, answers).every(({ isFine }) => isFine)).toBe(true);
  });

  it.each([
    ["a loss", { loss: 2.1 }, 0],
    ["one gradient", { gradients: { weight: [0.5, -0.9] } }, 1],
    ["a gradient that is missing", { gradients: {} }, 1],
    ["a number of PPO", { ppo: { ...answers.ppo, valueLoss: 0.3 } }, 2],
    ["a number of PPO that is missing", { ppo: { loss: 0.1 } }, 2],
    ["a text", { texts: [[1, 2]] }, 3],
  ])("finds %s that differs", (_, change, index) => {
    const checks = compareAnswers({ ...answers, ...change }, answers);
    expect(checks.map(({ isFine }) => isFine)).toEqual([0, 1, 2, 3].map((i) => i !== index));
  });
});

describe("the machine", () => {
  it("is what the driver says, or nothing", async () => {
    const says = (code: number, output: string) => async () => ({ code, output });
    expect(await describeGpu(says(0, "NVIDIA H200, 570.1, 143771 MiB\n"))).toEqual({
      chip: "NVIDIA H200",
      driver: "570.1",
      memory: "143771 MiB",
    });
    expect((await describeGpu(says(-1, "spawn nvidia-smi ENOENT"))).chip).toBeNull();
    expect(chipPeak("NVIDIA H200")?.float32).toBe(67);
    expect(chipPeak("Some other chip")).toBeUndefined();
  });

  it("has PyTorch to compare with, or tells why not", async () => {
    const lines: string[] = [];
    const run = async (python: string) =>
      python === "python3" ? { code: 1, output: "PyTorch sees no GPU" } : { code: 0, output: "" };
    expect(await findPeerPython(null, "cuda", (line) => lines.push(line), run)).toBe("python");
    expect(lines).toEqual(["No PyTorch to compare with: python3: PyTorch sees no GPU"]);
  });
});

describe("gpuMarkdown", () => {
  it("has the date, the chip, the share of its peak, and what is missing", () => {
    const text = gpuMarkdown({
      name: "gpu",
      date: "2026-01-01",
      size: "full",
      machine: { chip: "NVIDIA H200", driver: "570.1", memory: null, host: "16 × processor" },
      backend: "TensorFlow with CUDA",
      reference: "native",
      checks: compareAnswers(answers, answers),
      performance: {
        backend: "gpu",
        rates: { matmulGflops: 33_500, copyGigabytes: 2400 },
        generatedTokensPerSecond: 1000,
        ppoIterationSeconds: 1,
        trainingStepMs: 10,
        trainingTeraflops: 6.7,
        trainedParameters: 1e8,
      },
      peak: chipPeak("NVIDIA H200") ?? null,
      peers: [{ name: "generate", ours: 1, peer: 2, ratio: 0.5, unit: "seconds" }],
      missing: ["No WebGPU"],
    });
    expect(text).toContain("# GPU acceptance, 2026-01-01");
    expect(text).toContain("| matrix product | 33.5 TFLOP/s (50 % of float32, 7 % of TF32 peak) |");
    expect(text).toContain("| generate | 1.00 seconds | 2.00 seconds | 0.50 |");
    expect(text).toContain("- No WebGPU");
  });
});
