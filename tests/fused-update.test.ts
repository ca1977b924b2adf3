/** Updates of large parameters, which native TensorFlow fuses: the same as operation by operation. */
import { createCompile } from "@accord-rl/backend";
import { type Compile, createRandom, interpret } from "@accord-rl/core";
import { adamW, type OptimizerFactory, rmsProp, sgd } from "@accord-rl/learning";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";

const shapes: Readonly<Record<string, readonly number[]>> = {
  large: [300, 300],
  larger: [7, 20_000],
  small: [3],
};

/** Four updates, of which the third does not apply. */
const learn = (make: (compile: Compile) => OptimizerFactory, compile: Compile): number[] => {
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
  const optimizer = make(compile)(parameters);
  const step = compile((coefficients: tf.Tensor, applies: tf.Tensor, ...gradients: tf.Tensor[]) => {
    const named = Object.fromEntries(names.map((name, i) => [name, gradients[i]!]));
    optimizer.traceable.update(coefficients as tf.Tensor1D, named, applies as tf.Scalar);
    return {};
  });
  for (let i = 0; i < 4; i++) {
    const applies = i !== 2;
    tf.tidy(() => {
      const coefficients = tf.tensor1d(optimizer.traceable.coefficients(1));
      step(coefficients, tf.scalar(applies, "bool"), ...Object.values(shapes).map(draw));
    });
    if (applies) optimizer.traceable.advance(1);
  }
  const values = names.flatMap((name) => Array.from(parameters[name]!.dataSync()).slice(0, 50));
  optimizer.dispose();
  tf.dispose(Object.values(parameters));
  return values;
};

it.each<[string, (compile: Compile) => OptimizerFactory]>([
  ["adamW, clipped", (compile) => adamW({ learningRate: 0.1, maxGradientNorm: 1, compile })],
  ["rmsProp", (compile) => rmsProp({ learningRate: 0.1, compile })],
  ["sgd, which keeps nothing", (compile) => sgd({ learningRate: 0.1, compile })],
])("%s", (_name, make) => {
  const compile = createCompile();
  const fused = learn(make, compile);
  expect(fused).toBeAllClose(learn(make, interpret), { rtol: 1e-5, atol: 1e-6 });
  expect(learn(make, compile)).toEqual(fused);
  compile.dispose();
});
