import {
  createRandom,
  InvalidArgumentError,
  NonFiniteError,
  type RewardSource,
  type Scores,
  type TextSample,
} from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import { describe, expect, it } from "vitest";
import { combineRewards, standardize, standardizeLike } from "./combine.ts";
import { createEnsemble, ensembleMean, ensembleMinimum, uncertaintyWeighted } from "./ensemble.ts";
import { normalizeRewards } from "./normalize.ts";
import { lastToken } from "./pooling.ts";
import { createRewardModel } from "./reward-model.ts";
import { asRewardSource, responseOnly } from "./reward-source.ts";
import { createTestBackbone } from "./test-backbone.ts";

const sample = (promptTokens: number[], responseTokens: number[]): TextSample => ({
  prompt: "",
  response: "",
  promptTokens,
  responseTokens,
  finished: true,
});
const samples = [sample([1], [2, 3]), sample([4, 5], [6]), sample([], [0, 1, 2])];
const createModel = () => {
  const random = createRandom(2);
  return createRewardModel({ backbone: createTestBackbone(7, 5, random), pooling: lastToken, random });
};

describe("asRewardSource", () => {
  it("reads prompt and response, or the response alone", async () => {
    const model = createModel();
    expect(await asRewardSource(model)(samples)).toEqual(
      await model.score([
        [1, 2, 3],
        [4, 5, 6],
        [0, 1, 2],
      ]),
    );
    expect(await asRewardSource(model, { view: responseOnly, batchSize: 2 })(samples)).toEqual(
      await model.score([[2, 3], [6], [0, 1, 2]], { batchSize: 2 }),
    );
  });
});

describe("a reward model", () => {
  it("starts with the head's deviation 1/√(D + 1), gain 1, bias 0", async () => {
    const random = createRandom(9);
    const model = createRewardModel({
      backbone: createTestBackbone(2, 400, random),
      pooling: lastToken,
      random,
    });
    const { tensors } = await model.state();
    const weights = Array.from(tensors["head.weight"]!.data);
    const deviation = Math.sqrt(weights.reduce((sum, weight) => sum + weight ** 2 / weights.length, 0));
    expect(deviation * Math.sqrt(401)).toBeGreaterThan(0.85); // 400 draws: ± 3.5 %
    expect(deviation * Math.sqrt(401)).toBeLessThan(1.15);
    expect([...tensors["head.gain"]!.data, ...tensors["head.bias"]!.data]).toEqual([1, 0]);
  });

  it("scores do not change with padding, batch or neighbours", async () => {
    const model = createModel();
    const texts = [[1], [2, 3, 4, 5], [6, 0], [3, 3, 3]];
    const together = await model.score(texts);
    for (const [index, text] of texts.entries()) {
      expect(await model.score([text])).toBeAllClose([together[index]!]);
    }
    expect(await model.score([])).toEqual([]);
  });

  it("restore is all or nothing", async () => {
    const [model, other] = [createModel(), createModel()];
    model.rescale(2, 1);
    const before = await model.state();
    const { tensors, json } = await other.state();
    const { "backbone.weight": _, ...incomplete } = tensors;
    expect(() => model.restore({ tensors: incomplete, json })).toThrow(InvalidArgumentError);
    expect(await model.state()).toEqual(before);
    other.restore(before);
    expect(await other.score([[1, 2]])).toEqual(await model.score([[1, 2]]));
  });

  it("frees everything", async () => {
    await expectNoLeak(() => createModel().dispose());
  });

  it("refuses texts that it can't read", async () => {
    await expect(createModel().score([[1], []])).rejects.toThrow(
      "RewardModel.score: text 1 has 0 tokens, expected 1 to 8, the model's context; leave it out",
    );
    const broken = createModel();
    broken.rescale(Number.POSITIVE_INFINITY, 0);
    await expect(broken.score([[1]])).rejects.toThrow(NonFiniteError);
  });
});

describe("normalizeRewards", () => {
  it("gives mean 0 and deviation 1 on the samples, and keeps the order", async () => {
    const model = createModel();
    model.rescale(3, 10);
    const random = createRandom(1);
    const texts = Array.from({ length: 40 }, () => [random.integer(7), random.integer(7)]);
    const before = await model.score(texts);
    const { mean, deviation } = await normalizeRewards(model, texts, { batchSize: 7 });
    const after = await model.score(texts);
    expect(after.reduce((sum, score) => sum + score, 0) / 40).toBeCloseTo(0, 5);
    expect(after.reduce((sum, score) => sum + score ** 2, 0) / 40).toBeCloseTo(1, 5);
    expect(after).toBeAllClose(
      before.map((score) => (score - mean) / deviation),
      { atol: 1e-5 },
    );
  });

  it("refuses samples that all score the same", async () => {
    await expect(normalizeRewards(createModel(), [[1], [1]])).rejects.toThrow(/standard deviation is 0/);
    await expect(normalizeRewards(createModel(), [[1]])).rejects.toThrow(/samples.length is 1/);
  });
});

describe("combineRewards", () => {
  const fixedSource = (scores: Awaited<ReturnType<RewardSource>>): RewardSource => {
    return () => scores;
  };

  it("adds weighted scores; per-token ones carry a single score at the last token", async () => {
    const mix = combineRewards([
      { source: fixedSource([1, 2, 3]), weight: 2 },
      { source: async () => [[0.5, 0.25], [1], [0, 0, 1]], weight: -1 },
    ]);
    expect(await mix(samples)).toEqual([[-0.5, 1.75], [3], [0, 0, 5]]);
    expect(await combineRewards([{ source: fixedSource([1, 2, 3]), weight: 0.5 }])(samples)).toEqual([
      0.5, 1, 1.5,
    ]);
  });

  it("abstains where one abstains, or gives its weight to the others", async () => {
    const sources = [
      { source: fixedSource([1, null, null]), weight: 1 },
      { source: fixedSource([10, 20, null]), weight: -3 },
    ];
    expect(await combineRewards(sources)(samples)).toEqual([-29, null, null]);
    // −3·20·(4/3)
    expect(await combineRewards(sources, { reweight: true })(samples)).toEqual([-29, -80, null]);
  });

  it("normalises a source's batch before it is weighed", async () => {
    const mix = combineRewards([{ source: fixedSource([3, null, 7]), weight: 2, normalize: standardize }]);
    expect(await mix(samples)).toEqual([-2, null, 2]);
    expect(standardize([4, 4])).toEqual([0, 0]);
    // In float64 their sum over 3 is 0.1 + 1.4e-17.
    expect(standardize([0.1, 0.1, 0.1])).toEqual([0, 0, 0]);
  });

  it("keeps a scale that was measured before, whatever the batch", async () => {
    const normalize = standardizeLike([1, 3]); // mean 2, deviation 1
    const mix = combineRewards([{ source: fixedSource([3, null, 7]), weight: 2, normalize }]);
    expect(await mix(samples)).toEqual([2, null, 10]);
    expect(normalize([3])).toEqual([1]);
    expect(() => standardizeLike([0.1, 0.1, 0.1])).toThrow("deviation of the reference scores is 0");
    expect(() => standardizeLike([4, 4])).toThrow("deviation of the reference scores is 0");
  });

  it("adds uncertainties as independent errors", async () => {
    const mix = combineRewards([
      { source: fixedSource({ scores: [1, 1, null], uncertainties: [3, 0, 9] }), weight: 1 },
      { source: fixedSource({ scores: [1, 1, 1], uncertainties: [2, 1, 1] }), weight: 2 },
      { source: fixedSource([0, 0, 0]), weight: 1 },
    ]);
    expect(await mix(samples)).toEqual({ scores: [3, 3, null], uncertainties: [5, 2, 0] });
  });

  it("names a source that answers wrongly", async () => {
    const ask = (scores: Awaited<ReturnType<RewardSource>>) =>
      combineRewards([{ source: fixedSource(scores), weight: 1 }])(samples);
    await expect(ask([1, 2])).rejects.toThrow("gave 2 scores for 3 samples, expected one each");
    await expect(ask([1, Number.NaN, 2])).rejects.toThrow(NonFiniteError);
    await expect(ask({ scores: [1, 2, 3], uncertainties: [1] })).rejects.toThrow("gave 1 uncertainties");
    await expect(ask({ scores: [1, 2, 3], uncertainties: [1, Number.NaN, 1] })).rejects.toThrow(
      NonFiniteError,
    );
    const nothing = undefined as unknown as Scores;
    await expect(ask(nothing)).rejects.toThrow(InvalidArgumentError);
    await expect(ask([1, undefined, 2] as unknown as Scores)).rejects.toThrow("the score of sample 1");
    await expect(
      combineRewards([
        { source: fixedSource([[1], 1, 1]), weight: 1 },
        { source: fixedSource([[1, 2], 1, 1]), weight: 1 },
      ])(samples),
    ).rejects.toThrow("one source gave 1 token scores for a sample and another 2");
    expect(() => combineRewards([])).toThrow(InvalidArgumentError);
    expect(() => combineRewards([{ source: fixedSource([]), weight: Number.NaN }])).toThrow("weight is NaN");
  });
});

describe("ensembles", () => {
  // members 1, 2, 6: mean 3, variance (4 + 1 + 9)/3 = 14/3
  it("rules by hand", () => {
    expect(ensembleMean([1, 2, 6])).toBe(3);
    expect(ensembleMinimum([1, 2, 6])).toBe(1);
    expect(uncertaintyWeighted(0.5)([1, 2, 6])).toBeCloseTo(3 - 7 / 3, 12);
    expect(uncertaintyWeighted(0)([1, 2, 6])).toBe(3);
    expect(() => uncertaintyWeighted(-1)).toThrow(InvalidArgumentError);
  });

  it("scores by the rule and reports how far the members differ", async () => {
    const members: RewardSource[] = [
      () => [1, null, [1, 0]],
      () => [2, 5, [0, 4]],
      async () => [6, 5, [2, 2]],
    ];
    const ensemble = createEnsemble(members, ensembleMinimum);
    const result = await ensemble([samples[0]!, samples[1]!, sample([1], [2, 3])]);
    // totals of the last: 1, 4, 4: deviation √2
    expect(result).toEqual({
      scores: [1, null, [0, 0]],
      uncertainties: [expect.closeTo(Math.sqrt(14 / 3), 12), 0, expect.closeTo(Math.SQRT2, 12)],
    });
    expect(() => createEnsemble([], ensembleMean)).toThrow(InvalidArgumentError);
  });
});
