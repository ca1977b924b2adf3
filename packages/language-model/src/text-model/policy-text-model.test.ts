import { type Conversation, createRandom, InvalidArgumentError } from "@accord-rl/core";
import { padSequences } from "@accord-rl/math";
import { createCompile } from "@accord-rl/testing";
import type { ModelTokenizer } from "@accord-rl/tokenizers";
import { createChatTemplate } from "@accord-rl/tokenizers";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import { tinyTransformer } from "../test-tiny-transformer.ts";
import { createTextPolicy, type TextPolicy } from "../text/text-policy.ts";
import { createPolicyTextModel } from "./policy-text-model.ts";
import { scoreRows } from "./score-rows.ts";

/** Letters a to k as tokens 0 to 10; 11 begins a turn and 12 ends it. */
const specialTokens = new Map([
  ["<", 11],
  [">", 12],
]);
const encode = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0) - 97);
const tokenizer: ModelTokenizer = {
  vocabularySize: 13,
  beginToken: null,
  endToken: 12,
  specialTokens,
  stopTokens: [12],
  chatTemplate:
    "{% for m in messages %}<{{ m.content }}>{% endfor %}{% if add_generation_prompt %}<{% endif %}",
  templateVariables: {},
  encode,
  encodeParts: (parts) =>
    parts.flatMap(({ text, isPlain }) =>
      isPlain
        ? encode(text)
        : Array.from(text, (letter) => specialTokens.get(letter) ?? encode(letter)).flat(),
    ),
  decode: (tokens) => Array.from(tokens, (token) => String.fromCharCode(97 + token)).join(""),
};
const template = createChatTemplate({ tokenizer });
const compile = createCompile();
const transformer = tinyTransformer({ contextLength: 32 });
const policy = createTextPolicy(transformer, { stopTokens: [12], temperature: 0.8, minNewTokens: 2 });
const make = (options: { batchSize?: number; isCompiled?: boolean; policy?: TextPolicy } = {}) =>
  createPolicyTextModel({
    policy: options.policy ?? policy,
    tokenizer,
    template,
    name: "tiny",
    batchSize: options.batchSize ?? 3,
    ...(options.isCompiled ? { compile } : {}),
  });
afterAll(() => {
  compile.dispose();
  policy.dispose();
});

const ask = (content: string): Conversation => [{ role: "user", content }];
const conversations = [ask("abc"), ask("hijkabcdef"), ask("a"), ask("kkkk"), ask("ea"), ask("bdfhja")];

/** Σ log p by the policy's own scoring, one text at a time, unpadded. */
const alone = (conversation: Conversation, candidate: string): number =>
  tf.tidy(() => {
    const [prompt, response] = [template.encode(conversation), tokenizer.encode(candidate)];
    const { tokenIds, tokenMask } = padSequences([[...prompt, ...response]], { side: "left" });
    const actions = tf.tensor2d([response], undefined, "int32");
    const { logProbs } = policy.evaluate({ observations: { tokenIds, tokenMask }, actions });
    return tf.sum(logProbs).dataSync()[0] as number;
  });

describe("scoreCandidates", () => {
  const sets = [
    { name: "of one token", candidates: ["a", "b", "k"] },
    { name: "of several", candidates: ["abc", "ab", "abd", "k", "jihgf"] },
  ];
  it.each(sets.flatMap((set) => [1, 3, 100].map((batchSize) => ({ ...set, batchSize }))))(
    "gives the policy's own log-probabilities of candidates $name, $batchSize at a time",
    async ({ candidates, batchSize }) => {
      const expected = conversations.flatMap((each) => candidates.map((candidate) => alone(each, candidate)));
      for (const isCompiled of [false, true]) {
        const scores = await make({ batchSize, isCompiled }).scoreCandidates(conversations, candidates);
        expect(scores.flat()).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-5 });
      }
    },
  );
  it("sums probabilities of all answers of one token to what can be said", async () => {
    const every = Array.from({ length: 13 }, (_, token) => String.fromCharCode(97 + token));
    const scores = await make().scoreCandidates(conversations, every);
    for (const row of scores) {
      // The stop token can't come so early.
      expect(row.reduce((sum, score) => sum + Math.exp(score), 0)).toBeCloseTo(1, 5);
      expect(Math.exp(row[12]!)).toBe(0);
    }
  });
  it("continues what the assistant has begun", async () => {
    const free = createTextPolicy(tinyTransformer({ contextLength: 32 }), { stopTokens: [12] });
    const model = make({ policy: free });
    const begun: Conversation = [...ask("abc"), { role: "assistant", content: "de" }];
    const [whole] = await model.scoreCandidates([ask("abc")], ["def", "de"]);
    const [rest] = await model.scoreCandidates([begun], ["f"]);
    expect(whole![1]! + rest![0]!).toBeCloseTo(whole![0]!, 4);
    free.dispose();
  });
  it("reads a prompt once for all candidates of one token, and tells what it read", async () => {
    const usage = new Map<number, number>();
    const onUsage = (
      index: number,
      { inputTokens, outputTokens }: { inputTokens: number; outputTokens: number },
    ) => {
      usage.set(index, inputTokens);
      expect(outputTokens).toBe(0);
    };
    await make().scoreCandidates(conversations, ["a", "b", "c"], { onUsage });
    expect([...usage.values()]).toEqual(conversations.map((each) => template.encode(each).length));
    const rows = scoreRows([[1, 2], [3]], [[5], [5, 6], [5, 7, 8], [6, 7]]);
    expect(rows.map(({ tokens }) => tokens)).toEqual([
      [3, 6],
      [1, 2, 6],
      [3, 5, 7],
      [1, 2, 5, 7],
    ]);
  });
  it("takes no conversation and frees what it made", async () => {
    expect(await make().scoreCandidates([], ["a"])).toEqual([]);
    expect(await make().scoreCandidates([ask("a")], [])).toEqual([[]]);
    const before = tf.memory().numTensors;
    await make().scoreCandidates(conversations, ["ab", "c"]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("complete", () => {
  it.each([false, true])(
    "gives what the policy writes, in the order asked for (compiled: %s)",
    async (isCompiled) => {
      const compiled = createTextPolicy(tinyTransformer({ contextLength: 32 }), {
        stopTokens: [12],
        temperature: 0.8,
        minNewTokens: 2,
        compile,
      });
      const model = make(isCompiled ? { isCompiled, policy: compiled } : {});
      const completions = await model.complete(conversations, { maxNewTokens: 6 });
      for (const [i, conversation] of conversations.entries()) {
        const prompt = template.encode(conversation);
        const { responses, finished } = await policy.generate([prompt], {
          maxNewTokens: 6,
          greedy: true,
          random: createRandom(0),
        });
        const text = [...responses[0]!].filter((token) => token !== 12);
        expect(completions[i]).toEqual({
          text: tokenizer.decode(text),
          finished: finished[0],
          inputTokens: prompt.length,
          outputTokens: responses[0]!.length,
        });
      }
      compiled.dispose();
    },
  );
  it("samples where it is given a generator, the same from the same seed", async () => {
    const sample = (seed: number) =>
      make().complete(conversations, { maxNewTokens: 16, random: createRandom(seed) });
    const first = await sample(1);
    expect(await sample(1)).toEqual(first);
    expect(await sample(2)).not.toEqual(first);
    const ended = first.filter(({ finished }) => finished);
    expect(ended.length).toBeGreaterThan(0);
    expect(ended.every(({ text, outputTokens }) => text.length === outputTokens! - 1)).toBe(true);
  });
});

describe("what can't work is refused before any work", () => {
  it("a policy that no turn's end stops", () => {
    const endless = createTextPolicy(tinyTransformer());
    expect(() => make({ policy: endless })).toThrow("stopTokens: tokenizer.stopTokens");
    endless.dispose();
  });
  it.each([
    { run: () => make({ batchSize: 0 }).complete([], { maxNewTokens: 1 }), message: "batchSize is 0" },
    { run: () => make().complete([ask("a")], { maxNewTokens: 0 }), message: "maxNewTokens is 0" },
    { run: () => make().scoreCandidates([ask("a")], ["a", ""]), message: "candidate 1 is empty" },
    {
      run: () => make().complete([ask("a"), ask("ab")], { maxNewTokens: 28 }),
      message: "conversation 1 has 5",
    },
    { run: () => make().scoreCandidates([ask("a".repeat(30))], ["a"]), message: "conversation 0 has 33" },
  ])("$message", async ({ run, message }) => {
    const failing = async () => run();
    await expect(failing()).rejects.toThrow(InvalidArgumentError);
    await expect(failing()).rejects.toThrow(message);
  });
});
