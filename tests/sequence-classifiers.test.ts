/** Classifiers of transformers as reward sources: loaded by policy, put to use by reward-model. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointError, createRandom, type TextSample } from "@accord-rl/core";
import {
  createTransformer,
  loadModel,
  loadSequenceClassifier,
  saveHuggingFace,
} from "@accord-rl/language-model";
import { adam } from "@accord-rl/learning";
import {
  asRewardSource,
  createPairwiseTrainer,
  createRewardModel,
  headOf,
  lastToken,
  type RewardModel,
} from "@accord-rl/reward-model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import golden from "./__fixtures__/sequence-classifiers.json" with { type: "json" };
import { config } from "./small-language.ts";

const { texts } = golden.inputs;
const sampleOf = (tokens: readonly number[]): TextSample => ({
  promptTokens: tokens.slice(0, 1),
  responseTokens: tokens.slice(1),
  prompt: "",
  response: "",
  finished: true,
});

describe.each(Object.entries(golden.outputs))(
  "a classifier of the %s family",
  (_name, { files, labels, logits }) => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "accord-classifier-"));
      for (const [file, content] of Object.entries(files)) {
        await writeFile(join(folder, file), Buffer.from(content, "base64"));
      }
    });
    afterAll(() => rm(folder, { recursive: true }));
    const load = async (shares: Record<string, number>): Promise<RewardModel> => {
      const { backbone, ...head } = await loadSequenceClassifier(folder);
      expect(head.labels).toEqual(labels);
      return createRewardModel({ backbone, pooling: lastToken, headWeights: headOf(head, shares) });
    };

    test("rewards a text with its logit of a label, as transformers has it", async () => {
      for (const [index, label] of labels.entries()) {
        const rewardModel = await load({ [label]: 1 });
        const expected = logits.map((row) => row[index] as number);
        const source = asRewardSource(rewardModel);
        expect(await source(texts.map(sampleOf))).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-4 });
        rewardModel.dispose();
      }
    });

    test("mixes labels, and learns on", async () => {
      const [first, last] = [labels[0] as string, labels.at(-1) as string];
      const isOne = labels.length === 1;
      const rewardModel = await load(isOne ? { [first]: 2 } : { [last]: 1, [first]: -1 });
      const expected = logits.map((row) => (isOne ? 2 * row[0]! : row.at(-1)! - row[0]!));
      expect(await rewardModel.score(texts)).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-4 });
      const [best, worst] = [0, 1].map((place) => texts[place] as number[]) as [number[], number[]];
      const gap = async () => {
        const [a, b] = await rewardModel.score([best, worst]);
        return (a as number) - (b as number);
      };
      const before = await gap();
      const trainer = createPairwiseTrainer(rewardModel, { optimizer: adam({ learningRate: 0.01 }) });
      for (let step = 0; step < 5; step++) await trainer.update([{ preferred: best, rejected: worst }]);
      expect(await gap()).toBeGreaterThan(before + 0.1);
      trainer.dispose();
      rewardModel.dispose();
    });

    test("is no language model, and says so", async () => {
      const loading = loadModel(folder);
      await expect(loading).rejects.toBeInstanceOf(CheckpointError);
      await expect(loading).rejects.toThrow(
        /"score\.weight" belongs to no part|"lm_head\.weight" is missing/,
      );
    });
  },
);

test("a language model is no classifier, and says so", async () => {
  const folder = await mkdtemp(join(tmpdir(), "accord-classifier-"));
  const model = createTransformer(config, createRandom(1));
  await saveHuggingFace(model, folder);
  await expect(loadSequenceClassifier(folder)).rejects.toThrow('no "score.weight"');
  model.dispose();
  await rm(folder, { recursive: true });
});
