import {
  AccordError,
  createRandom,
  disposeRollout,
  type Generation,
  InvalidArgumentError,
  NonFiniteError,
  type Scores,
  type TextActor,
  type Tokenizer,
} from "@accord-rl/core";
import { expectNoLeak } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { type CollectTextOptions, collectText } from "./index.ts";

/** Letters a … z are 3 … 28; 2 ends. Drops a leading space, as SentencePiece tokenizers do. */
const tokenizer: Tokenizer = {
  vocabularySize: 30,
  beginToken: 1,
  endToken: 2,
  encode: (text) => Array.from(text, (letter) => (letter === " " ? 29 : letter.charCodeAt(0) - 94)),
  decode: (tokens) =>
    Array.from(tokens, (id) => (id === 29 ? " " : id === 2 ? "</s>" : String.fromCharCode(id + 94)))
      .join("")
      .replace(/^ /, ""),
};

/** Answers the i-th prompt of a call with the i-th response. */
const scripted = (responses: readonly string[], changes: Partial<Generation> = {}): TextActor => ({
  generate: async (prompts) => {
    const tokens = prompts.map((_, i) => {
      const text = responses[i % responses.length]!;
      const isFinished = text.endsWith(".");
      return Int32Array.from([...tokenizer.encode(text.replace(".", "")), ...(isFinished ? [2] : [])]);
    });
    return {
      responses: tokens,
      logProbs: tokens.map((response) => Float32Array.from(response, (_, t) => -(t + 1) / 10)),
      finished: tokens.map((response) => response.at(-1) === 2),
      isFullDistribution: true,
      policyVersion: 7,
      ...changes,
    };
  },
});

const options = (given: Partial<CollectTextOptions> = {}): CollectTextOptions => ({
  actor: scripted(["xy.", " z"]),
  prompts: [tokenizer.encode("ab"), tokenizer.encode("abc")],
  tokenizer,
  reward: () => [1, 2],
  random: createRandom(0),
  maxNewTokens: 4,
  ...given,
});

const rowsOf = (tensor: tf.Tensor): unknown => tensor.arraySync();

test("lays out prompts on the left, responses on the right, the score at the last token", async () => {
  const { rollout, samples, scores } = await collectText(options());
  // P = 3, T = 4. a, b, c = 3, 4, 5; x, y, z = 26, 27, 28; space = 29; end = 2.
  expect(rowsOf(rollout.observations.tokenIds)).toEqual([
    [0, 3, 4, 26, 27, 2, 0],
    [3, 4, 5, 29, 28, 0, 0],
  ]);
  expect(rowsOf(rollout.observations.tokenMask)).toEqual([
    [0, 1, 1, 1, 1, 1, 0],
    [1, 1, 1, 1, 1, 0, 0],
  ]);
  expect(rowsOf(rollout.actions)).toEqual([
    [26, 27, 2, 0],
    [29, 28, 0, 0],
  ]);
  expect(rollout.behaviourLogProbs).toBeAllClose([
    [-0.1, -0.2, -0.3, 0],
    [-0.1, -0.2, 0, 0],
  ]);
  expect(rowsOf(rollout.rewards)).toEqual([
    [0, 0, 1, 0],
    [0, 2, 0, 0],
  ]);
  for (const name of ["valid", "mask"] as const) {
    expect(rowsOf(rollout[name])).toEqual([
      [1, 1, 1, 0],
      [1, 1, 0, 0],
    ]);
  }
  // The second response only reached its limit: terminal all the same.
  expect(rowsOf(rollout.terminated)).toEqual([
    [0, 0, 1, 0],
    [0, 1, 0, 0],
  ]);
  expect(rowsOf(rollout.truncated)).toEqual([
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
  expect([rollout.policyVersion, ...rollout.groups]).toEqual([7, 0, 1]);
  expect(scores).toEqual([1, 2]);
  expect(samples.map(({ prompt, response, finished }) => [prompt, response, finished])).toEqual([
    ["ab", "xy", true],
    ["abc", " z", false],
  ]);
  disposeRollout(rollout);
});

test("groups the samples of one prompt, and cuts to the longest response on demand", async () => {
  const { rollout, samples } = await collectText(
    options({ samplesPerPrompt: 2, reward: () => [1, 2, 3, 4], responseLength: "longest", promptLength: 5 }),
  );
  expect([...rollout.groups]).toEqual([0, 0, 1, 1]);
  expect(samples.map(({ prompt }) => prompt)).toEqual(["ab", "ab", "abc", "abc"]);
  expect(rollout.actions.shape).toEqual([4, 3]);
  expect(rollout.observations.tokenIds.shape).toEqual([4, 8]);
  disposeRollout(rollout);
});

test("takes scores per token, abstentions and uncertainties", async () => {
  const reward = () => ({ scores: [[0.5, 0, -1], null], uncertainties: [0.1, 0.2] });
  const { rollout, uncertainties } = await collectText(options({ reward }));
  expect(rowsOf(rollout.rewards)).toEqual([
    [0.5, 0, -1, 0],
    [0, 0, 0, 0],
  ]);
  expect(rowsOf(rollout.mask)).toEqual([
    [1, 1, 1, 0],
    [0, 0, 0, 0],
  ]);
  expect(rowsOf(rollout.valid)).toEqual([
    [1, 1, 1, 0],
    [1, 1, 0, 0],
  ]);
  expect(uncertainties).toEqual([0.1, 0.2]);
  disposeRollout(rollout);
});

test.each([
  [{ replaceBy: -1 }, [1, 2], [0, -1, 0, 0]],
  [{ subtract: 0.5 }, [1, 2], [0, 1.5, 0, 0]],
  [{ replaceBy: -1 }, [1, [3, 4]], [0, -1, 0, 0]],
  [{ subtract: 0.5 }, [1, [3, 4]], [3, 3.5, 0, 0]],
  [{ subtract: 0.5 }, [1, null], [0, 0, 0, 0]],
] as const)("a response without end: %j of %j", async (missingEnd, scores, second) => {
  const { rollout } = await collectText(options({ missingEnd, reward: () => scores }));
  expect(rowsOf(rollout.rewards)).toEqual([[0, 0, 1, 0], second]);
  disposeRollout(rollout);
});

test.each<[string, Scores | unknown, { isInstance(value: unknown): boolean }, RegExp]>([
  ["too few", [1], InvalidArgumentError, /1 scores for 2 samples/],
  ["too many", [1, 2, 3], InvalidArgumentError, /3 scores for 2 samples/],
  ["nothing", undefined, InvalidArgumentError, /gave undefined for 2 samples/],
  ["NaN", [1, Number.NaN], NonFiniteError, /sample 1 is NaN/],
  ["infinity", [Number.POSITIVE_INFINITY, 1], NonFiniteError, /sample 0 is Infinity/],
  ["text", [1, "2"], InvalidArgumentError, /sample 1 is 2/],
  ["per token, wrong length", [[1, 2], 1], InvalidArgumentError, /sample 0 has 2 numbers, expected 3/],
  ["per token, NaN", [[1, 2, Number.NaN], 1], NonFiniteError, /sample 0 at token 2/],
  ["uncertainties", { scores: [1, 2], uncertainties: [1] }, InvalidArgumentError, /1 uncertainties for 2/],
])("refuses a reward source that gives %s", async (_, scores, kind, message) => {
  const before = tf.memory().numTensors;
  const error: unknown = await collectText(options({ reward: () => scores as Scores })).catch((e) => e);
  expect(kind.isInstance(error), String(error)).toBe(true);
  expect(String(error)).toMatch(message);
  expect(tf.memory().numTensors).toBe(before);
});

test("keeps the error of a reward source that throws as the cause", async () => {
  const cause = new Error("the judge is out");
  const reward = () => Promise.reject(cause);
  const error: unknown = await collectText(options({ reward })).catch((e) => e);
  expect(AccordError.isInstance(error) && error.cause).toBe(cause);
  expect(String(error)).toMatch(/batch of 2 samples: the judge is out/);
});

test.each<[string, Partial<CollectTextOptions>, RegExp]>([
  ["top-k or top-p", { actor: scripted(["xy.", "z"], { isFullDistribution: false }) }, /top-k or top-p/],
  ["no prompts", { prompts: [] }, /prompts.length is 0/],
  ["an empty prompt", { prompts: [[3], []] }, /prompt 1 has 0 tokens/],
  ["a prompt beyond promptLength", { promptLength: 2 }, /prompt 1 has 3 tokens, expected 1 to 2/],
  ["no new tokens", { maxNewTokens: 0 }, /maxNewTokens is 0/],
  ["half a sample", { samplesPerPrompt: 0.5 }, /samplesPerPrompt is 0.5/],
  ["an empty response", { actor: scripted(["xy.", ""]) }, /response 1 has 0 tokens/],
  ["a response beyond the limit", { maxNewTokens: 2 }, /response 0 has 3 tokens, expected 1 to 2/],
  ["missing log-probs", { actor: scripted(["xy.", "z"], { logProbs: [] }) }, /undefined log-probs/],
])("refuses %s", async (_, given, message) => {
  const error: unknown = await collectText(options(given)).catch((e) => e);
  expect(InvalidArgumentError.isInstance(error), String(error)).toBe(true);
  expect(String(error)).toMatch(message);
});

test("leaves nothing behind but the rollout", async () => {
  await expectNoLeak(async () => disposeRollout((await collectText(options())).rollout));
});
