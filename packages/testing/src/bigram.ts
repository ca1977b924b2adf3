import type { LanguageModel } from "@accord-rl/core";
import { embedding, linear, parametersState, restoreParameters } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";

/** The smallest language model: the next token depends on the last one. */
export const createBigram = (table: number[][], head: number[][]): LanguageModel => {
  const variable = (rows: number[][]) => tf.tidy(() => tf.variable(tf.tensor2d(rows)));
  const parameters = { embedding: variable(table), head: variable(head) };
  const read = (name: keyof typeof parameters) => parameters[name].arraySync() as number[][];
  return {
    parameters,
    width: table[0]!.length,
    vocabularySize: head.length,
    contextLength: 8,
    hidden: (tokenIds) => embedding(parameters.embedding as tf.Tensor2D, tokenIds) as tf.Tensor3D,
    logits: (hidden) => linear(hidden, parameters.head as tf.Tensor2D),
    clone: () => createBigram(read("embedding"), read("head")),
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: ({ tensors }) => restoreParameters(parameters, tensors, "Bigram.restore"),
    dispose: () => tf.dispose(Object.values(parameters)),
  };
};
