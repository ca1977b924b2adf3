import { fuse, InvalidArgumentError, interpret, type Parameters, type State } from "@accord-rl/core";
import { clipScale, compileTree, type Gradients, globalNorm, type Scalars } from "@accord-rl/math";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { CommonOptimizerOptions, OptimizerFactory } from "./optimizer.ts";
import {
  assignParts,
  createSlotGroups,
  join,
  readSlots,
  restoreSlots,
  type SlotGroup,
  sizeOf,
} from "./slot-groups.ts";
import type { UpdateContext, UpdateRule } from "./update-rule.ts";

const checkNames = (where: string, parameters: Parameters, gradients: Gradients): void => {
  const missing = Object.keys(parameters).find((name) => !(name in gradients));
  const unknown = Object.keys(gradients).find((name) => !(name in parameters));
  if (missing === undefined && unknown === undefined) return;
  throw new InvalidArgumentError({
    argument: "gradients",
    value: Object.keys(gradients),
    message:
      missing === undefined
        ? `${where}.update: got a gradient for ${unknown}, which this optimizer was not made for`
        : `${where}.update: the gradient of ${missing} is missing, expected one per parameter`,
  });
};

const readStep = (where: string, { json }: State): number => {
  const saved = json as { optimizer?: unknown; step?: unknown } | null;
  if (saved?.optimizer === where && Number.isSafeInteger(saved.step) && (saved.step as number) >= 0) {
    return saved.step as number;
  }
  throw new InvalidArgumentError({
    argument: "state",
    value: json,
    message: `${where}.restore: got ${JSON.stringify(json)}, expected the state of an optimizer of the same kind`,
  });
};

/** A tree of tensors has no empty groups: a rule without slots gets none, and gives none. */
type GroupInput = Omit<UpdateContext, "name" | "slots" | "coefficients"> &
  Partial<Pick<UpdateContext, "slots" | "coefficients">> & {
    readonly scale?: Scalar | undefined;
    readonly applies?: Scalar | undefined;
  };
type GroupOutput = Pick<UpdateContext, "parameter"> & Partial<Pick<UpdateContext, "slots">>;

/** Numbers in a group, from which passes over memory are what its update costs. */
const largeGroup = 2 ** 17;

/** The new values of one group, and the old ones where the update does not apply. A large group is one fused pass. */
const createGroupUpdate = (rule: UpdateRule, name: string, size: number) =>
  compileTree(
    ({ scale, applies, slots: before = {}, coefficients = {}, ...context }: GroupInput): GroupOutput => {
      const gradient = scale === undefined ? context.gradient : tf.mul(context.gradient, scale);
      const { change, slots = {} } = rule.update({ ...context, slots: before, coefficients, name, gradient });
      const parameter = tf.sub(context.parameter, change);
      if (applies === undefined) return { parameter, slots };
      const choose = (after: Tensor, before: Tensor): Tensor => tf.where(applies, after, before);
      return {
        parameter: choose(parameter, context.parameter),
        slots: Object.fromEntries(
          Object.entries(slots).map(([slot, value]) => [slot, choose(value, before[slot]!)]),
        ),
      };
    },
    size < largeGroup ? interpret : fuse,
  );

/** One update of all groups, as a function of tensors. */
const createUpdate = (
  rule: UpdateRule,
  parameters: Parameters,
  groups: readonly SlotGroup[],
  maxGradientNorm: number | undefined,
) => {
  const updates = groups.map(({ names }) => createGroupUpdate(rule, names[0]!, sizeOf(parameters, names)));
  return (gradients: Gradients, coefficients: Scalars, applies?: Scalar): void =>
    tf.tidy(() => {
      const scale =
        maxGradientNorm === undefined ? undefined : clipScale(globalNorm(gradients), maxGradientNorm);
      groups.forEach(({ names, slots }, i) => {
        tf.tidy(() => {
          const variables = names.map((name) => parameters[name]!);
          const gradient = join(names.map((name) => gradients[name] as Tensor));
          const parameter = join(variables);
          const updated = updates[i]!({ parameter, gradient, slots, coefficients, scale, applies });
          for (const [slot, value] of Object.entries(updated.slots ?? {})) slots[slot]!.assign(value);
          assignParts(variables, updated.parameter);
        });
      });
    });
};

/**
 * Makes an optimizer of a rule: steps, schedule, clipping and state are the same for all.
 *
 * Everything that depends on the step is worked out from the integer step in float64, never multiplied on from the
 * step before, so that a restored optimizer continues bit for bit.
 *
 * @param rule  `chain(…)` joins several.
 */
export const createOptimizer =
  (rule: UpdateRule, { learningRate, maxGradientNorm }: CommonOptimizerOptions): OptimizerFactory =>
  (parameters) => {
    const groups = createSlotGroups(parameters, rule);
    const updateGroups = createUpdate(rule, parameters, groups, maxGradientNorm);
    let step = 0;
    const rateAt = (at: number): number =>
      typeof learningRate === "number" ? learningRate : learningRate(at);

    return {
      get step() {
        return step;
      },
      get learningRate() {
        return rateAt(step);
      },
      numbers: (ahead = 0) => rule.coefficients?.(step + ahead + 1, rateAt(step + ahead)) ?? {},
      update: (gradients, numbers, applies) => {
        checkNames(rule.name, parameters, gradients);
        // In the order of the parameters: sums over all of them, such as the norm, then round alike.
        const ordered = Object.fromEntries(Object.keys(parameters).map((name) => [name, gradients[name]!]));
        updateGroups(ordered, numbers, applies);
      },
      advance: (count = 1) => {
        step += count;
      },
      state: async () => ({
        tensors: await readSlots(groups, parameters),
        json: { optimizer: rule.name, step },
      }),
      restore: (state) => {
        const restored = readStep(rule.name, state);
        restoreSlots(groups, parameters, state.tensors, `${rule.name}.restore`);
        step = restored;
      },
      dispose: () => tf.dispose(groups.flatMap(({ slots }) => Object.values(slots))),
    };
  };
