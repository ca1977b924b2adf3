import { fetchAsset } from "@accord-rl/assets";
import { createRandom } from "@accord-rl/core";
import { createTextPolicy, loadModel, type Transformer } from "@accord-rl/language-model";
import { padSequences } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import golden from "../packages/language-model/src/formats/__fixtures__/smollm2.json" with { type: "json" };

const { prompts, greedy } = golden.outputs;
let model: Transformer;
beforeAll(async () => {
  const { files } = await fetchAsset("smollm2-135m-instruct");
  model = (await loadModel(files["SmolLM2-135M-Instruct.Q4_1.gguf"])).model;
}, 600_000);
afterAll(() => model?.dispose());

describe("SmolLM2 from its GGUF file agrees with transformers on weights dequantised by the gguf package", () => {
  it("in its logits on 20 prompts", () => {
    expect(prompts).toHaveLength(20);
    for (const { tokens, ids, positions, logits, logSumExp } of prompts) {
      tf.tidy(() => {
        const { tokenIds, tokenMask } = padSequences([tokens], { side: "right" });
        const all = tf.squeeze(model.logits(model.hidden(tokenIds, tokenMask)), [0]); // [L, V]
        const chosen = tf.gather(tf.gather(all, positions), ids, 1);
        expect(chosen).toBeAllClose(logits, { rtol: 0, atol: 1e-3 });
        expect(tf.logSumExp(all, 1)).toBeAllClose(logSumExp, { rtol: 0, atol: 1e-3 });
      });
    }
  });

  it("in its greedy text of 64 tokens", async () => {
    const { responses } = await createTextPolicy(model).generate(
      greedy.map(({ prompt }) => prompts[prompt]?.tokens ?? []),
      { maxNewTokens: 64, greedy: true, random: createRandom(0) },
    );
    expect(responses.map((tokens) => [...tokens])).toEqual(greedy.map(({ tokens }) => tokens));
  });
});
