import { join } from "node:path";
import type { Compile, Random } from "@accord-rl/core";
import {
  createTextPolicy,
  createTextValueFunction,
  createTransformer,
  saveHuggingFace,
  type TransformerConfig,
} from "@accord-rl/language-model";
import { createRewardModel, lastToken } from "@accord-rl/reward-model";
import * as tf from "@tensorflow/tfjs-core";
import { stories15M } from "../shapes.ts";
import { saveHead } from "./save-head.ts";

/** The four models of an iteration, with random weights, saved for the peer as transformers reads them. */
export const createModels = async (
  folder: string,
  random: Random,
  compile: Compile,
  shape: TransformerConfig = stories15M,
) => {
  const model = createTransformer(shape, random.fork("policy"));
  await saveHuggingFace(model, join(folder, "policy"));
  const policy = createTextPolicy(model, { compile });
  const reference = policy.clone();

  const trunk = createTransformer(shape, random.fork("values"));
  await saveHuggingFace(trunk, join(folder, "values"));
  const values = createTextValueFunction(trunk);
  // The head starts at 0; here it takes part in the comparison.
  const { "head.weight": weight, "head.bias": bias } = values.parameters;
  const draws = random.fork("value head");
  weight!.assign(
    tf.tidy(() => tf.tensor2d([Array.from({ length: shape.width }, () => 0.06 * draws.normal())])),
  );
  await saveHead(join(folder, "values", "head.safetensors"), weight!, bias!);

  const backbone = createTransformer(shape, random.fork("reward"));
  await saveHuggingFace(backbone, join(folder, "reward"));
  const reward = createRewardModel({
    backbone,
    pooling: lastToken,
    random: random.fork("reward head"),
    compile,
  });
  await saveHead(
    join(folder, "reward", "head.safetensors"),
    reward.parameters["head.weight"]!,
    reward.parameters["head.bias"]!,
  );

  return { policy, reference, values, reward };
};
