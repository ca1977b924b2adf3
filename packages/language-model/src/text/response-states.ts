import type { Backbone, Decisions, TextObservations } from "@accord-rl/core";
import { ShapeError } from "@accord-rl/core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** Lengths of a text batch. @throws ShapeError when no prompt is left beside the response. */
const lengths = ({ observations, actions }: Decisions<TextObservations>) => {
  const [batch, total] = observations.tokenIds.shape;
  const [rows, responseLength] = actions.shape;
  if (rows !== batch || responseLength >= total) {
    throw new ShapeError({
      where: "responseStates",
      tensor: "actions",
      actual: actions.shape,
      expected: [batch, `T, below ${total}`],
      hint: "tokenIds hold prompt and response: at least one prompt token",
    });
  }
  return { batch, total, promptLength: total - responseLength, responseLength };
};

const firstColumns = (x: Tensor2D, count: number): Tensor2D =>
  count === x.shape[1] ? x : tf.slice(x, [0, 0], [x.shape[0], count]);

const run = (
  backbone: Backbone,
  batch: Decisions<TextObservations>,
  { columns, states }: { columns: number; states: number },
): Tensor3D => {
  const { tokenIds, tokenMask } = batch.observations;
  const hidden = backbone.hidden(firstColumns(tokenIds, columns), firstColumns(tokenMask, columns));
  return tf.slice(hidden, [0, columns - states, 0], [-1, states, -1]);
};

/** Hidden states of s_0 … s_{T−1}, before each action: positions P − 1 … P + T − 2. @returns [B, T, D] */
export const responseStates = (backbone: Backbone, batch: Decisions<TextObservations>): Tensor3D =>
  tf.tidy(() => {
    const { total, responseLength } = lengths(batch);
    return run(backbone, batch, { columns: total - 1, states: responseLength });
  });

/** Hidden states of s_0 … s_T: positions P − 1 … P + T − 1. @returns [B, T + 1, D] */
export const allStates = (backbone: Backbone, batch: Decisions<TextObservations>): Tensor3D =>
  tf.tidy(() => {
    const { total, responseLength } = lengths(batch);
    return run(backbone, batch, { columns: total, states: responseLength + 1 });
  });
