import {
  createRandom,
  InvalidArgumentError,
  type TextActor,
  type TextSample,
  type Tokenizer,
} from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { bestOfN, bestOfNKl } from "./best-of-n.ts";

/** Letters: 0 = end, 1 = a, … A space before each but the first of a text, as sentencepiece has it. */
const tokenizer: Tokenizer = {
  vocabularySize: 27,
  beginToken: null,
  endToken: 0,
  encode: (text) => [...text].map((letter) => letter.charCodeAt(0) - 96),
  decode: (tokens) => Array.from(tokens, (token) => String.fromCharCode(96 + token)).join(" "),
};

/** Draws one letter; every second response ends with the end token. */
const actor: TextActor = {
  generate: async (prompts, { random }) => {
    const responses = prompts.map((_, index) =>
      Int32Array.of(1 + random.integer(26), ...(index % 2 === 0 ? [0] : [])),
    );
    return {
      responses,
      logProbs: responses.map(({ length }) => new Float32Array(length)),
      finished: responses.map((response) => response.at(-1) === 0),
      isFullDistribution: true,
      policyVersion: 0,
    };
  },
};
const letter = ({ responseTokens }: TextSample) => responseTokens[0] as number;
const options = { actor, tokenizer, prompts: [[1], [2, 3], [4]], maxNewTokens: 2 };
const source = (samples: readonly TextSample[]) => samples.map(letter);

describe("bestOfN", () => {
  it("keeps the best of each prompt's own responses", async () => {
    const results = await bestOfN({ ...options, source, n: 5, random: createRandom(1) });
    expect(results.map(({ sample }) => sample.promptTokens)).toEqual(options.prompts);
    for (const { sample, score, scores } of results) {
      expect(scores).toHaveLength(5);
      expect(score).toBe(Math.max(...(scores as number[])));
      expect(letter(sample)).toBe(score);
      expect(sample.finished).toBe(sample.responseTokens.length === 2);
      // the text as it stands behind the prompt, without the end token
      expect(sample.response).toBe(` ${String.fromCharCode(96 + score)}`);
    }
  });

  it("is the same for any batch size, and repeats with its seed", async () => {
    const run = (batchSize: number) =>
      bestOfN({ ...options, source, n: 4, batchSize, random: createRandom(2) });
    const whole = await run(3);
    expect(await run(3)).toEqual(whole);
    expect((await run(1)).map(({ scores }) => scores)).toEqual(whole.map(({ scores }) => scores));
  });

  it("takes per-token scores by their sum and passes over abstentions", async () => {
    const picky = (samples: readonly TextSample[]) =>
      samples.map((sample) => (letter(sample) > 13 ? null : Array.from(sample.responseTokens)));
    const [first] = await bestOfN({ ...options, source: picky, n: 20, random: createRandom(3) });
    expect(first?.scores).toContain(null);
    expect(first?.score).toBeLessThanOrEqual(13);
    expect(first?.score).toBe(letter(first?.sample as TextSample));
  });

  it("refuses no responses, and a source that answers wrongly", async () => {
    for (const wrong of [{ n: 0 }, { n: 2.5 }, { n: 2, batchSize: 0.5 }]) {
      const asked = bestOfN({ ...options, source, ...wrong, random: createRandom(1) });
      await expect(asked).rejects.toThrow(InvalidArgumentError);
    }
    await expect(bestOfN({ ...options, source: () => [1], n: 2, random: createRandom(1) })).rejects.toThrow(
      "bestOfN: the reward source gave 1 scores for 6 samples",
    );
  });

  it("expects more with more: the highest of n of 26 equally likely", async () => {
    const prompts = Array.from({ length: 1500 }, () => [1]);
    for (const n of [1, 4]) {
      const results = await bestOfN({ ...options, prompts, source, n, random: createRandom(4) });
      const mean = results.reduce((sum, { score }) => sum + score / results.length, 0);
      // E max = Σ_k (1 − ((k − 1)/26)ⁿ)
      const expected = Array.from({ length: 26 }, (_, k) => 1 - (k / 26) ** n).reduce((sum, p) => sum + p, 0);
      expect(Math.abs(mean - expected)).toBeLessThan(4 * (7.5 / Math.sqrt(1500)));
    }
  });
});

it.each([
  [1, 0],
  [2, 0.193147],
  [4, 0.636294],
  [8, 1.204442],
  [16, 1.835089],
  [64, 3.174508],
  [256, 4.549084],
])("bestOfNKl(%d) = %d nats", (n, expected) => {
  expect(bestOfNKl(n)).toBeCloseTo(expected, 6);
});
