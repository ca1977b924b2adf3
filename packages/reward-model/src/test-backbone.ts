import type { Backbone, Random } from "@accord-rl/core";
import { embedding, linear, parametersState, restoreParameters } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";

/** For tests: hidden = tanh(W·E[token]), each token by itself. */
export const createTestBackbone = (vocabulary: number, width: number, random: Random): Backbone => {
  const draw = (rows: number) =>
    tf.tidy(() =>
      tf.variable(tf.tensor2d(Float32Array.from({ length: rows * width }, random.normal), [rows, width])),
    );
  return fromParameters({ embedding: draw(vocabulary), weight: draw(width) });
};

const fromParameters = (parameters: { embedding: tf.Variable; weight: tf.Variable }): Backbone => ({
  width: parameters.weight.shape[0] as number,
  contextLength: 8,
  parameters,
  hidden: (tokenIds) =>
    tf.tidy(() =>
      tf.tanh(
        linear(
          embedding(parameters.embedding as unknown as tf.Tensor2D, tokenIds),
          parameters.weight as unknown as tf.Tensor2D,
        ) as tf.Tensor3D,
      ),
    ),
  clone: () =>
    fromParameters({
      embedding: tf.variable(parameters.embedding.clone()),
      weight: tf.variable(parameters.weight.clone()),
    }),
  state: async () => ({ tensors: await parametersState(parameters), json: null }),
  restore: ({ tensors }) => restoreParameters(parameters, tensors, "TestBackbone.restore"),
  dispose: () => tf.dispose(parameters),
});
