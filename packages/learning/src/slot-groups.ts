import type { Parameters, TensorData } from "@accord-rl/core";
import { checkRestorable, readTensor } from "@accord-rl/math";
import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { UpdateRule } from "./update-rule.ts";

/** Slots of a group, by name. */
type Slots = Readonly<Record<string, Variable>>;

/**
 * Parameters that are updated as one vector, with one tensor per slot. Small networks lose most of an update's time in
 * the number of operations; large ones would lose more in copying.
 */
export interface SlotGroup {
  readonly names: readonly string[];
  readonly slots: Slots;
}

/** Numbers in all parameters together, up to which they are updated as one vector. */
const largestTogether = 100_000;

/** Numbers in these parameters together. */
export const sizeOf = (parameters: Parameters, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + parameters[name]!.size, 0);

const groupNames = (parameters: Parameters, { kind }: UpdateRule): string[][] => {
  const names = Object.keys(parameters);
  if (sizeOf(parameters, names) > largestTogether) return names.map((name) => [name]);
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const key = kind?.(name) ?? "";
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()];
};

export const createSlotGroups = (parameters: Parameters, rule: UpdateRule): SlotGroup[] =>
  groupNames(parameters, rule).map((names) => {
    const shape = names.length === 1 ? parameters[names[0]!]!.shape : [sizeOf(parameters, names)];
    const slots = Object.entries(rule.slots ?? {}).map(([slot, value]) => [
      slot,
      tf.tidy(() => tf.variable(tf.fill(shape, value), false)),
    ]);
    return { names, slots: Object.fromEntries(slots) as Slots };
  });

/** The tensors of a group as one: the only one as it is. */
export const join = (tensors: readonly Tensor[]): Tensor =>
  tensors.length === 1 ? tensors[0]! : tf.concat(tensors.map((tensor) => tf.reshape(tensor, [-1])));

/** The inverse of `join`, for parameters. */
export const assignParts = (variables: readonly Variable[], joined: Tensor): void => {
  if (variables.length === 1) {
    variables[0]!.assign(joined);
    return;
  }
  const sizes = variables.map(({ size }) => size);
  tf.split(joined, sizes).forEach((part, i) => {
    variables[i]!.assign(tf.reshape(part, variables[i]!.shape));
  });
};

/** Where each parameter's part of a group's slots begins. */
const eachPart = (
  groups: readonly SlotGroup[],
  parameters: Parameters,
  visit: (key: string, slot: Variable, parameter: Variable, start: number) => void,
): void => {
  for (const { names, slots } of groups) {
    let start = 0;
    for (const name of names) {
      const parameter = parameters[name]!;
      for (const [slot, variable] of Object.entries(slots))
        visit(`${name}.${slot}`, variable, parameter, start);
      start += parameter.size;
    }
  }
};

/** Each parameter's slots under their names, however they are grouped. */
export const readSlots = async (
  groups: readonly SlotGroup[],
  parameters: Parameters,
): Promise<Record<string, TensorData>> => {
  const contents = new Map<Variable, Float32Array>();
  for (const { slots } of groups) {
    for (const variable of Object.values(slots)) {
      contents.set(variable, (await readTensor(variable)).data as Float32Array);
    }
  }
  const tensors: Record<string, TensorData> = {};
  eachPart(groups, parameters, (key, slot, { shape, size }, start) => {
    const content = contents.get(slot)!;
    const data = size === content.length ? content : content.slice(start, start + size);
    tensors[key] = { dtype: "float32", shape: [...shape], data };
  });
  return tensors;
};

/** @throws InvalidArgumentError when a name is missing or unknown, or a shape or type differs; nothing is changed then. */
export const restoreSlots = (
  groups: readonly SlotGroup[],
  parameters: Parameters,
  tensors: Readonly<Record<string, TensorData>>,
  where: string,
): void => {
  const expected: Record<string, Variable> = {};
  eachPart(groups, parameters, (key, _slot, parameter) => {
    expected[key] = parameter;
  });
  checkRestorable(expected, tensors, where);
  const contents = new Map<Variable, Float32Array>();
  eachPart(groups, parameters, (key, slot, _parameter, start) => {
    const content = contents.get(slot) ?? new Float32Array(slot.size);
    content.set(tensors[key]!.data, start);
    contents.set(slot, content);
  });
  for (const [slot, content] of contents) tf.tidy(() => slot.assign(tf.tensor(content, slot.shape)));
};
