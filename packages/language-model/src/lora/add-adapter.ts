import type { Variable } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Transformer } from "../transformer/transformer.ts";
import { joinDown, joinUp, type LoraAdapter, pairsByParameter } from "./lora-adapter.ts";

/** Adds sign · ΔW to the weights of a model of its own. */
export const addAdapter = (model: Transformer, adapter: LoraAdapter, sign: 1 | -1): void => {
  for (const [name, pairs] of pairsByParameter(adapter)) {
    const weight = model.parameters[name] as Variable<tf.Rank.R2>;
    tf.tidy(() => {
      const delta = tf.matMul(joinUp(pairs, weight.shape[0]), joinDown(pairs)); // [O, I]
      weight.assign(sign === 1 ? tf.add(weight, delta) : tf.sub(weight, delta));
    });
  }
};
