import { readFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import "./register-gradients.ts";

test("gradients are registered on the engine that everybody uses", () => {
  expect(tf.grad((x: tf.Tensor) => tf.div(1, x))(tf.tensor1d([2, 4]))).toBeAllClose([-0.25, -0.0625]);
  const withGradient = Object.values(tf).filter(
    (name) => typeof name === "string" && tf.getGradient(name) !== undefined,
  );
  expect(withGradient.length).toBeGreaterThan(90);
});

test("their bundle carries its license, and no second engine", async () => {
  const bundle = await readFile(new URL("../generated/gradients.js", import.meta.url), "utf8");
  expect(bundle.slice(0, 800)).toContain("Apache License, Version 2.0");
  expect(bundle).not.toMatch(/\bclass (Engine|Tensor|Variable|Environment)\b/);
});
