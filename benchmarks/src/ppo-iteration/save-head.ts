import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { encodeSafetensors } from "@accord-rl/checkpoint";
import { readTensor } from "@accord-rl/math";
import type { Tensor } from "@tensorflow/tfjs-core";

/** Writes a layer of one output as PyTorch's nn.Linear has it. */
export const saveHead = async (path: string, weight: Tensor, bias: Tensor): Promise<void> => {
  const head = { weight: await readTensor(weight), bias: { ...(await readTensor(bias)), shape: [1] } };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, encodeSafetensors(head));
};
