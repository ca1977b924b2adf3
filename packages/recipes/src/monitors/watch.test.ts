import { createRandom, type TextSample, type Tokenizer } from "@accord-rl/core";
import { createTextPolicy, createTransformer } from "@accord-rl/language-model";
import { expectNoLeak } from "@accord-rl/testing";
import { beforeAll, expect, test } from "vitest";
import { createWatch } from "./watch.ts";

const words = " good bad film story end hero song night rain train".split(" ");
const tokenizer: Tokenizer = {
  vocabularySize: words.length,
  beginToken: 0,
  endToken: null,
  encode: () => [0],
  decode: (tokens) => Array.from(tokens, (token) => ` ${words[token]}`).join(""),
};
const goodness = ({ response }: TextSample): number => response.split("good").length - 1;

const create = () => {
  const model = createTransformer(
    {
      ...{ vocabularySize: words.length, width: 8, hiddenWidth: 8, layers: 1, heads: 2, keyValueHeads: 1 },
      ...{ contextLength: 24, ropeTheta: 10_000, ropeLayout: "half", normEpsilon: 1e-5, tiedOutput: true },
    },
    createRandom(1),
  );
  const reference = createTextPolicy(model);
  const settings = { prompts: 16, iterations: 8, targetKl: 2 };
  const task = {
    prompts: [
      [0, 3],
      [0, 4],
      [0, 5],
    ],
    promptTokens: 2,
    responseTokens: 12,
    gold: goodness,
  };
  const actors = { reference, tokenizer, reward: (samples: readonly TextSample[]) => samples.map(goodness) };
  const watch = () => createWatch(actors, task, settings, createRandom(2));
  return { reference, watch };
};

let parts: ReturnType<typeof create>;
beforeAll(() => {
  parts = create();
});

const write = async (seed: number): Promise<TextSample[]> => {
  const prompts = Array.from({ length: 16 }, (_, i) => [0, 3 + (i % 3)]);
  const generation = await parts.reference.generate(prompts, {
    maxNewTokens: 12,
    random: createRandom(seed),
  });
  return generation.responses.map((responseTokens, i) => ({
    prompt: tokenizer.decode(prompts[i]!),
    response: tokenizer.decode(responseTokens),
    ...{ promptTokens: prompts[i]!, responseTokens, finished: false },
  }));
};
const given = (samples: readonly TextSample[], extra = 0) => ({
  samples,
  scores: samples.map((sample) => goodness(sample) + extra),
  gold: samples.map(goodness),
});

test("stays silent while the policy writes as it did, within twice the target KL", async () => {
  const watch = await parts.watch();
  for (let iteration = 1; iteration <= 8; iteration++) {
    const measured = watch.observe(iteration, given(await write(iteration)), { klNats: 0.5 * iteration });
    expect(Object.keys(measured)).toEqual(
      expect.arrayContaining(["goldGap", "length", "distinct2", "stockPhrases", "promptSimilarity"]),
    );
  }
  expect(watch.alarms()).toEqual([]);
});

test("says when flattery, distance and a reward without gold begin, and says the same when resumed", async () => {
  const flatter = (samples: readonly TextSample[]) =>
    samples.map((sample) => ({ ...sample, response: " What a wonderful question! You are so smart!" }));
  const steps = await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      const samples = await write(i + 1);
      const isHacked = i >= 3;
      return {
        ...given(isHacked ? flatter(samples) : samples, isHacked ? 3 : 0),
        klNats: isHacked ? 2 * i : 0,
      };
    }),
  );
  const [whole, first, second] = [await parts.watch(), await parts.watch(), await parts.watch()];
  for (const [i, { klNats, ...step }] of steps.entries()) {
    whole.observe(i + 1, step, { klNats });
    if (i === 4) second.restore(JSON.parse(JSON.stringify(await first.state())));
    (i < 4 ? first : second).observe(i + 1, step, { klNats });
  }
  const alarms = whole.alarms();
  const monitors = alarms.map(({ monitor }) => monitor);
  expect(monitors).toEqual(expect.arrayContaining(["goldGap", "klNats", "distinct2", "stockPhrases"]));
  expect(alarms.find(({ monitor }) => monitor === "stockPhrases")).toMatchObject({ iteration: 4 });
  for (const { iteration } of alarms) expect(iteration).toBeGreaterThanOrEqual(4);
  expect(second.alarms()).toEqual(alarms);
});

test("frees what it collects", async () => {
  await expectNoLeak(async () => void (await parts.watch()));
});
