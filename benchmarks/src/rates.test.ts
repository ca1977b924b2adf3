import { startBackend } from "@accord-rl/backend";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { measureOurRates } from "./rates.ts";

test("rates are measured in memory that is used again: nothing is left behind", async () => {
  await startBackend();
  const before = tf.memory();
  const rates = await measureOurRates({ matmulSize: 16, copyElements: 64, tries: 3 });
  expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  expect(rates.matmulGflops).toBeGreaterThan(0);
  expect(rates.copyGigabytes).toBeGreaterThan(0);
});
