import * as tf from "@tensorflow/tfjs-core";
import type { Starter } from "../resolve-backend.ts";
import { activate } from "./activate.ts";

/** Plain JavaScript: always there, slow. */
export const startCpu: Starter = async () => {
  await import("@tensorflow/tfjs-backend-cpu");
  await activate("cpu");
  // Its first operation would advise on the console to install tfjs-node.
  Object.assign(tf.backend(), { firstUse: false });
  return "plain JavaScript (slow)";
};
