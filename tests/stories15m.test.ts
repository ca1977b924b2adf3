import { fetchAsset } from "@accord-rl/assets";
import { createCompile } from "@accord-rl/backend";
import { createRandom, type Tokenizer } from "@accord-rl/core";
import {
  createTextPolicy,
  loadLlama2cTokenizer,
  loadModel,
  type Transformer,
} from "@accord-rl/language-model";
import { padSequences } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import golden from "../packages/language-model/src/formats/__fixtures__/stories15m.json" with {
  type: "json",
};

const { inputs, outputs } = golden;
let model: Transformer;
let tokenizer: Tokenizer;
beforeAll(async () => {
  const { files } = await fetchAsset("stories15M");
  model = (await loadModel(files["model.bin"])).model;
  tokenizer = await loadLlama2cTokenizer(files["tokenizer.bin"]);
}, 600_000);

describe("stories15M agrees with numpy and sentencepiece", () => {
  it("in its logits", () => {
    const text = [...inputs.prompt, ...outputs.greedy];
    const { tokenIds, tokenMask } = padSequences([text], { side: "right" });
    const logits = tf.squeeze(model.logits(model.hidden(tokenIds, tokenMask)), [0]);
    const chosen = tf.gather(logits, inputs.logitIds, 1);
    expect(chosen).toBeAllClose(outputs.logits, { rtol: 0, atol: 1e-4 });
  });

  it("in its log-probabilities, with a padded prompt beside", () => {
    const left = padSequences([inputs.prompt, [1, 9038]], { side: "left" });
    const right = padSequences([outputs.greedy, outputs.greedy], { side: "right" });
    const tokenIds = tf.concat([left.tokenIds, right.tokenIds], 1);
    const tokenMask = tf.concat([left.tokenMask, right.tokenMask], 1);
    const { logProbs } = createTextPolicy(model).evaluate({
      observations: { tokenIds, tokenMask },
      actions: right.tokenIds,
    });
    const expected = outputs.logProbs.slice(inputs.prompt.length - 1);
    expect(tf.squeeze(tf.slice(logProbs, [0, 0], [1, -1]))).toBeAllClose(expected, { rtol: 0, atol: 1e-4 });
  });

  it.each(["as it is", "compiled"])("in its greedy text, %s", async (how) => {
    const policy = createTextPolicy(model, how === "compiled" ? { compile: createCompile() } : {});
    const { responses } = await policy.generate([inputs.prompt, [1], [1, 9038, 2501]], {
      maxNewTokens: outputs.greedy.length,
      greedy: true,
      random: createRandom(0),
    });
    expect(responses.map((tokens) => [...tokens])[0]).toEqual(outputs.greedy);
  });

  it("in its tokens", () => {
    for (const [i, text] of inputs.texts.entries()) {
      expect(tokenizer.encode(text), text).toEqual(outputs.tokens[i]);
      expect(tokenizer.decode([1, ...tokenizer.encode(text)])).toBe(text);
    }
    expect(tokenizer.encode("Once upon a time")).toEqual([9038, 2501, 263, 931]);
  });

  it("and scores what it sampled as it sampled it", async () => {
    const compile = createCompile();
    const policy = createTextPolicy(model, { temperature: 0.9, minNewTokens: 4, stopTokens: [13], compile });
    const prompts = [inputs.prompt, [1], [1, 9038, 2501]];
    const { responses, logProbs } = await policy.generate(prompts, {
      maxNewTokens: 24,
      random: createRandom(1),
    });
    const left = padSequences(prompts, { side: "left" });
    const right = padSequences(responses, { side: "right" });
    const scored = policy.evaluate({
      observations: {
        tokenIds: tf.concat([left.tokenIds, right.tokenIds], 1),
        tokenMask: tf.concat([left.tokenMask, right.tokenMask], 1),
      },
      actions: right.tokenIds,
    });
    const rows = scored.logProbs.arraySync();
    logProbs.forEach((recorded, b) => {
      expect(rows[b]?.slice(0, recorded.length)).toBeAllClose([...recorded], { rtol: 0, atol: 1e-4 });
    });
  });
});
