import { createRandom, type PreferenceBatch, type PreferencePair, type Random } from "@accord-rl/core";
import { adam } from "@accord-rl/learning";
import { describe, expect, it } from "vitest";
import { evaluatePairs } from "./evaluate-pairs.ts";
import { preferenceProbability } from "./losses.ts";
import { createPairwiseTrainer } from "./pairwise-trainer.ts";
import { meanPool } from "./pooling.ts";
import { createRegressionTrainer, ratingScale } from "./regression-trainer.ts";
import { createRewardModel } from "./reward-model.ts";
import { createTestBackbone } from "./test-backbone.ts";

// A world of 9 words whose mean worth is a text's; people prefer by Bradley-Terry.
const worth = [-4, -3, -2, -1, 0, 1, 2, 3, 4];
const value = (text: readonly number[]) =>
  text.reduce((sum, word) => sum + (worth[word] as number), 0) / text.length;
const drawText = (random: Random) => Array.from({ length: 3 + random.integer(4) }, () => random.integer(9));

const drawPairs = (random: Random, count: number, turned = false): PreferencePair[] =>
  Array.from({ length: count }, () => {
    const [first, second] = [drawText(random), drawText(random)];
    const isFirst = random.uniform() < preferenceProbability(value(first), value(second));
    return isFirst !== turned
      ? { preferred: first, rejected: second }
      : { preferred: second, rejected: first };
  });

const createModel = () => {
  const random = createRandom(3);
  return createRewardModel({ backbone: createTestBackbone(9, 6, random), pooling: meanPool, random });
};

const train = async (pairs: PreferenceBatch, learningRate = 0.03) => {
  const model = createModel();
  const trainer = createPairwiseTrainer(model, { optimizer: adam({ learningRate: () => learningRate }) });
  const random = createRandom(4);
  for (let step = 0; step < 120; step++) {
    await trainer.update(random.sample(pairs.length, 64).map((index) => pairs[index] as PreferencePair));
  }
  return model;
};

describe("pairwise training", () => {
  const heldOut = drawPairs(createRandom(6), 2000);

  it("learns who is preferred, and how surely", async () => {
    const model = await train(drawPairs(createRandom(5), 1500));
    const { accuracy, loss } = await evaluatePairs(model.score, heldOut);
    // What the truth itself reaches on the same pairs is the ceiling: the labels are drawn.
    const ceiling = await evaluatePairs((texts) => texts.map((text) => value(Array.from(text))), heldOut);
    expect(accuracy).toBeGreaterThan(ceiling.accuracy - 0.03);
    expect(loss).toBeLessThan(ceiling.loss + 0.03);

    const random = createRandom(7);
    const texts = Array.from({ length: 300 }, () => [drawText(random), drawText(random)] as const);
    const scores = await model.score(texts.flat());
    const errors = texts.map(
      ([first, second], index) =>
        preferenceProbability(scores[2 * index]!, scores[2 * index + 1]!) -
        preferenceProbability(value(first), value(second)),
    );
    expect(Math.sqrt(errors.reduce((sum, error) => sum + error ** 2 / errors.length, 0))).toBeLessThan(0.08);
  });

  it("learns the opposite from turned labels", async () => {
    const model = await train(drawPairs(createRandom(5), 1500, true));
    expect((await evaluatePairs(model.score, heldOut)).accuracy).toBeLessThan(0.3);
  });

  it("climbing the loss, as one of the wrong sign would, does worse than chance", async () => {
    const model = await train(drawPairs(createRandom(5), 1500), -0.03);
    // It runs away rather than settles, so it is no mirror image of learning; chance is 0.5 ± 0.011.
    expect((await evaluatePairs(model.score, heldOut)).accuracy).toBeLessThan(0.45);
  });

  it("is the same twice with the same seed", async () => {
    const pairs = drawPairs(createRandom(5), 100);
    expect(await (await train(pairs)).state()).toEqual(await (await train(pairs)).state());
  });
});

it("regression learns ratings on their own scale", async () => {
  const random = createRandom(8);
  const rate = (tokens: number[]) => ({ tokens, rating: 50 + 10 * value(tokens) });
  const data = Array.from({ length: 600 }, () => rate(drawText(random)));
  const scale = ratingScale(data.map(({ rating }) => rating));
  const model = createModel();
  const trainer = createRegressionTrainer(model, { optimizer: adam({ learningRate: 0.03 }), scale });
  for (let step = 0; step < 120; step++) {
    await trainer.update(random.sample(data.length, 64).map((index) => data[index]!));
  }
  const test = Array.from({ length: 200 }, () => rate(drawText(random)));
  const scores = await model.score(test.map(({ tokens }) => tokens));
  const errors = scores.map((score, index) => score - (test[index]!.rating - scale.mean) / scale.deviation);
  // 1 = knows nothing: targets have variance 1.
  expect(errors.reduce((sum, error) => sum + error ** 2 / errors.length, 0)).toBeLessThan(0.03);
});
