/** Updates of large parameters, which native TensorFlow fuses: the same as operation by operation. */
import { createCompile } from "@accord-rl/backend";
import { type Compile, createRandom, interpret } from "@accord-rl/core";
import { adamW, type OptimizerFactory, rmsProp, sgd } from "@accord-rl/learning";
import { compileTree, type Gradients } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";

const shapes: Readonly<Record<string, readonly number[]>> = {
  large: [300, 300],
  larger: [7, 20_000],
  small: [3],
};

/** Four updates, of which the third does not apply. */
const learn = (factory: OptimizerFactory, compile: Compile): number[] => {
  const random = createRandom(1);
  const draw = (shape: readonly number[]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return tf.tensor(
      Float32Array.from({ length: size }, () => random.normal()),
      [...shape],
    );
  };
  const names = Object.keys(shapes);
  const parameters = tf.tidy(() =>
    Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, tf.variable(draw(shape))])),
  );
  const optimizer = factory(parameters);
  const step = compileTree(
    ({ applies, gradients }: { applies: tf.Scalar; gradients: Gradients }, numbers) => {
      optimizer.update(gradients, numbers, applies);
      return {};
    },
    compile,
  );
  for (let i = 0; i < 4; i++) {
    const applies = i !== 2;
    tf.tidy(() => {
      const gradients = Object.fromEntries(names.map((name) => [name, draw(shapes[name]!)]));
      step({ applies: tf.scalar(applies, "bool"), gradients }, optimizer.numbers());
    });
    if (applies) optimizer.advance();
  }
  const values = names.flatMap((name) => Array.from(parameters[name]!.dataSync()).slice(0, 50));
  optimizer.dispose();
  tf.dispose(Object.values(parameters));
  return values;
};

it.each<[string, OptimizerFactory]>([
  ["adamW, clipped", adamW({ learningRate: 0.1, maxGradientNorm: 1 })],
  ["rmsProp", rmsProp({ learningRate: 0.1 })],
  ["sgd, which keeps nothing", sgd({ learningRate: 0.1 })],
])("%s", (_name, factory) => {
  const compile = createCompile();
  const fused = learn(factory, compile);
  expect(fused).toBeAllClose(learn(factory, interpret), { rtol: 1e-5, atol: 1e-6 });
  expect(learn(factory, compile)).toEqual(fused);
  compile.dispose();
});
