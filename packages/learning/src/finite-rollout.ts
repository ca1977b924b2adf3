import { NonFiniteError, type Observations, type Rollout } from "@accord-rl/core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** [row, column, …] of a place in a tensor of this shape. */
const indexOf = (place: number, shape: readonly number[]): number[] => {
  let rest = place;
  const index = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    index[axis] = rest % size;
    rest = (rest - (index[axis] as number)) / size;
  }
  return index;
};

const requireFinite = async (quantity: string, tensor: Tensor, step: number): Promise<void> => {
  if (tensor.dtype !== "float32") return;
  const values = await tensor.data<"float32">();
  const place = values.findIndex((value) => !Number.isFinite(value));
  if (place < 0) return;
  throw new NonFiniteError({
    quantity: `${quantity}[${indexOf(place, tensor.shape).join(", ")}]`,
    value: values[place] as number,
    step,
  });
};

/**
 * Checks what a learner is given, before anything depends on it: some losses clip a NaN to a number.
 *
 * @throws NonFiniteError that names the first reward, behaviour log-prob or observation that is NaN or infinite.
 */
export const requireFiniteRollout = async <Obs extends Observations>(
  { rewards, behaviourLogProbs, observations }: Rollout<Obs>,
  { name, update }: { readonly name: string; readonly update: number },
): Promise<void> => {
  const where = `${name}.update: the rollout's`;
  await Promise.all([
    requireFinite(`${where} rewards`, rewards, update),
    ...(behaviourLogProbs ? [requireFinite(`${where} behaviourLogProbs`, behaviourLogProbs, update)] : []),
    ...Object.entries(observations).map(([part, tensor]) =>
      requireFinite(`${where} observations.${part}`, tensor as Tensor, update),
    ),
  ]);
};
