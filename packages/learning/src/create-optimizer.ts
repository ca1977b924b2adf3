import { fuse, InvalidArgumentError, interpret, type Parameters, type State } from "@accord-rl/core";
import { checkShape, clipScale, compileTree, type Gradients, globalNorm } from "@accord-rl/math";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type {
  CommonOptimizerOptions,
  OptimizerFactory,
  TraceableUpdate,
  UpdateContext,
  Updated,
  UpdateRule,
} from "./optimizer.ts";
import {
  assignParts,
  createSlotGroups,
  join,
  readSlots,
  restoreSlots,
  type SlotGroup,
  sizeOf,
} from "./slot-groups.ts";

const checkNames = (where: string, parameters: Parameters, gradients: Gradients): void => {
  const missing = Object.keys(parameters).find((name) => !(name in gradients));
  const unknown = Object.keys(gradients).find((name) => !(name in parameters));
  if (missing === undefined && unknown === undefined) return;
  throw new InvalidArgumentError({
    argument: "gradients",
    value: Object.keys(gradients),
    message:
      missing === undefined
        ? `${where}.apply: got a gradient for ${unknown}, which this optimizer was not made for`
        : `${where}.apply: the gradient of ${missing} is missing, expected one per parameter`,
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
type GroupInput = Omit<UpdateContext, "name" | "slots"> &
  Partial<Pick<UpdateContext, "slots">> & {
    readonly scale?: Scalar | undefined;
    readonly applies?: Scalar | undefined;
  };
type GroupOutput = Pick<Updated, "parameter"> & Partial<Pick<Updated, "slots">>;

/** Numbers in a group, from which passes over memory are what its update costs. */
const largeGroup = 2 ** 17;

/**
 * The new values of one group, and the old ones where the update does not apply. That of a large group is made for
 * being fused into one pass over memory.
 */
const createGroupUpdate = (rule: UpdateRule, name: string, size: number) =>
  compileTree(
    ({ scale, applies, slots: before = {}, ...context }: GroupInput): GroupOutput => {
      const gradient = scale === undefined ? context.gradient : tf.mul(context.gradient, scale);
      const { parameter, slots } = rule.update({ ...context, slots: before, name, gradient });
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

/** Everything but the step: a function of tensors, so that it can be compiled. */
const createUpdate = (
  rule: UpdateRule,
  parameters: Parameters,
  groups: readonly SlotGroup[],
  coefficientNames: readonly string[],
  maxGradientNorm: number | undefined,
) => {
  const updates = groups.map(({ names }) => createGroupUpdate(rule, names[0]!, sizeOf(parameters, names)));
  return (inputs: readonly Tensor[], applies?: Scalar): void =>
    tf.tidy(() => {
      const coefficients = Object.fromEntries(coefficientNames.map((name, i) => [name, inputs[i] as Tensor]));
      const gradients = Object.fromEntries(
        Object.keys(parameters).map((name, i) => [name, inputs[coefficientNames.length + i] as Tensor]),
      );
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
 */
export const createOptimizer =
  (
    rule: UpdateRule,
    { learningRate, maxGradientNorm, compile = interpret }: CommonOptimizerOptions,
  ): OptimizerFactory =>
  (parameters) => {
    const groups = createSlotGroups(parameters, rule);
    const names = Object.keys(parameters);
    const coefficientNames = Object.keys(rule.coefficients(1, 1));
    const plainUpdate = createUpdate(rule, parameters, groups, coefficientNames, maxGradientNorm);
    const update = compile(
      (...inputs: Tensor[]) => {
        plainUpdate(inputs);
        return {};
      },
      { name: `${rule.name}.update` },
    );
    let step = 0;
    const rateAt = (at: number): number =>
      typeof learningRate === "number" ? learningRate : learningRate(at);
    const coefficientsAt = (at: number): number[] => Object.values(rule.coefficients(at + 1, rateAt(at)));

    const apply = (gradients: Gradients): void => {
      checkNames(rule.name, parameters, gradients);
      tf.tidy(() => {
        const coefficients = coefficientsAt(step).map((value) => tf.scalar(value));
        update(...coefficients, ...names.map((name) => gradients[name] as Tensor));
      });
      step += 1;
    };

    const traceable: TraceableUpdate = {
      size: coefficientNames.length,
      coefficients: (count) =>
        Float32Array.from(Array.from({ length: count }, (_, i) => coefficientsAt(step + i)).flat()),
      update: (coefficients, gradients, applies) => {
        checkShape(`${rule.name}.update`, "coefficients", coefficients, [coefficientNames.length]);
        checkNames(rule.name, parameters, gradients);
        tf.tidy(() =>
          plainUpdate(
            [...tf.unstack(coefficients), ...names.map((name) => gradients[name] as Tensor)],
            applies,
          ),
        );
      },
      advance: (count) => {
        step += count;
      },
    };

    return {
      apply,
      traceable,
      get step() {
        return step;
      },
      get learningRate() {
        return rateAt(step);
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
