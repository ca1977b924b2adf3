import type { Parameters } from "@accord-rl/core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { reject } from "../check.ts";
import { customOp } from "../layers/custom-op.ts";
import { zeroAfter } from "../layers/zero-after.ts";
import type { LoraAdapter } from "../lora/lora-adapter.ts";
import type { DecoderParts } from "./decoder.ts";
import { attendWithin, readWhole } from "./read-whole.ts";
import type { Transformer } from "./transformer.ts";
import type { Through } from "./trunk.ts";

/** Gradients within a gradient's own computation: the engine throws the outer tape away with the inner one. */
const withOwnTape = <T>(compute: () => T): T => {
  const { state } = tf.engine();
  const { activeTape } = state;
  try {
    return compute();
  } finally {
    state.activeTape = activeTape as typeof state.activeTape;
  }
};

/** Keeps what goes into a layer; what it makes on the way is made again when its gradient is wanted. */
const recomputing =
  (parts: DecoderParts, trained: Parameters) =>
  (tokenMask: Tensor2D): Through =>
  (layer, x, attend, index) => {
    const own = Object.keys(trained).filter((name) => name.startsWith(`layers.${index}.`));
    const variables = own.map((name) => trained[name] as Tensor);
    return customOp([x, ...variables], {
      forward: (save) => {
        save(x, tokenMask);
        return layer(x, attend);
      },
      backward: (dy, saved) => {
        const [input, mask] = saved as [Tensor2D, Tensor2D];
        // Not the same to a graph, which would else take what was made in the forward pass, and keep it until now.
        const again = tf.add(input, zeroAfter(dy)) as Tensor2D;
        const inputs = [again, ...variables];
        const run = () => layer(again, attendWithin(parts, mask));
        const { grads } = withOwnTape(() => tf.engine().gradients(run, inputs, dy, true));
        return grads.map((gradient, i) => gradient ?? tf.zerosLike(inputs[i] as Tensor));
      },
    });
  };

/**
 * The model, learning in less memory and more time (gradient checkpointing): of each layer only its input is kept for the
 * gradient, and the rest is computed a second time. The numbers are the same. It stands in for `model`, whose parameters,
 * state and `dispose` it has; so do its clones. To be put on last: adapters are put on the model itself.
 *
 * @throws InvalidArgumentError for an adapter with dropout, which would drop others the second time.
 * @see Chen et al. 2016, Training deep nets with sublinear memory cost. https://arxiv.org/abs/1604.06174
 */
export const recomputeLayers = <Model extends Transformer>(model: Model): Model => {
  const { adapter } = model as { readonly adapter?: LoraAdapter };
  if (adapter !== undefined && adapter.settings.dropout > 0) {
    const message = `the adapter has a dropout of ${adapter.settings.dropout}, expected 0: layers that are computed twice would drop others the second time`;
    reject("recomputeLayers", "model", adapter.settings.dropout, message);
  }
  const through = recomputing(model.shared.parts, model.parameters);
  return {
    ...model,
    hidden: (tokenIds, tokenMask) => readWhole(model.shared.parts, tokenIds, tokenMask, through),
    clone: () => recomputeLayers(model.clone()),
  };
};
