import { join } from "node:path";
import { fetchAsset } from "@accord-rl/assets";
import type { Compile, Random } from "@accord-rl/core";
import {
  createTextPolicy,
  createValueHead,
  freeze,
  loadModel,
  saveHuggingFace,
  saveLora,
  withLora,
} from "@accord-rl/language-model";
import { createRewardModel, lastToken } from "@accord-rl/reward-model";
import * as tf from "@tensorflow/tfjs-core";
import { saveHead } from "../ppo-iteration/save-head.ts";
import { adapter } from "./workload.ts";

const asset = "smollm2-135m-instruct";

/**
 * Policy, values, reference and reward on one copy of SmolLM2-135M-Instruct: an adapter with a value head on it, the
 * base as it is, and a head on that. Saved for the peer as transformers and PEFT read them.
 */
export const createModels = async (
  folder: string,
  { random, compile, log }: { random: Random; compile: Compile; log: (line: string) => void },
) => {
  const { files } = await fetchAsset(asset, { log });
  const { model: base } = await loadModel(files["SmolLM2-135M-Instruct.Q4_1.gguf"]);
  await saveHuggingFace(base, join(folder, "base"));
  const model = withLora(base, { ...adapter, random: random.fork("adapter") });
  const draws = random.fork("numbers");
  const assign = (variable: tf.Variable, deviation: number) => {
    const data = Float32Array.from({ length: variable.size }, () => deviation * draws.normal());
    tf.tidy(() => variable.assign(tf.tensor(data, variable.shape)));
  };
  // B and the value head start at 0; here they take part in the comparison.
  for (const { up } of model.adapter.pairs) assign(up, 0.01);
  await saveLora(model, join(folder, "adapter"));

  const policy = createTextPolicy(model, { compile });
  const values = createValueHead(policy);
  const { "head.weight": weight, "head.bias": bias } = values.parameters;
  assign(weight!, 0.01);
  await saveHead(join(folder, "values.safetensors"), weight!, bias!);
  const reward = createRewardModel({
    backbone: freeze(base),
    pooling: lastToken,
    random: random.fork("reward head"),
    trainable: "head",
    compile,
  });
  await saveHead(
    join(folder, "reward.safetensors"),
    reward.parameters["head.weight"]!,
    reward.parameters["head.bias"]!,
  );
  const reference = createTextPolicy(freeze(base), { compile });
  base.dispose();
  return { policy, reference, values, reward };
};
