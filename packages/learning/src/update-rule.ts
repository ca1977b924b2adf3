import { InvalidArgumentError } from "@accord-rl/core";
import type { Scalars } from "@accord-rl/math";
import type { Tensor } from "@tensorflow/tfjs-core";

type Tensors = Readonly<Record<string, Tensor>>;

/** Turns a parameter's gradient into the change that is subtracted from it. `createOptimizer` makes an optimizer of it. */
export interface UpdateRule {
  /** Part of the saved state: a state is restored only into an optimizer of the same name. */
  readonly name: string;
  /** Names and first values of the tensors that belong to each parameter. Default: none. */
  readonly slots?: Readonly<Record<string, number>>;
  /** Parameters of one kind may be updated together as one vector; `update` then gets the name of one of them. */
  readonly kind?: (parameterName: string) => string;
  /** The numbers that `update` needs; `step` counts from 1. They reach it as scalars, made once for all parameters. */
  readonly coefficients?: (step: number, learningRate: number) => Readonly<Record<string, number>>;
  /** A pure function of tensors. */
  readonly update: (context: UpdateContext) => Update;
}

export interface UpdateContext {
  /** Of the parameter, or of one of several of the same kind that come as one vector. */
  readonly name: string;
  readonly parameter: Tensor;
  /** The gradient; in a chain, the change that the rule before made of it. */
  readonly gradient: Tensor;
  readonly slots: Tensors;
  readonly coefficients: Scalars;
}

export interface Update {
  /** Subtracted from the parameter; in a chain, the next rule's gradient. */
  readonly change: Tensor;
  /** New values of all slots. */
  readonly slots?: Tensors;
}

const pick = <T>(record: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, record[name]!]));

/**
 * Applies rules one after another: each gets the change of the one before as its gradient.
 *
 * @throws InvalidArgumentError where two rules name a slot alike.
 * @see optax.chain, https://optax.readthedocs.io
 */
export const chain = (...rules: readonly UpdateRule[]): UpdateRule => {
  const slotNames = rules.flatMap(({ slots = {} }) => Object.keys(slots));
  const twice = slotNames.find((name, i) => slotNames.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new InvalidArgumentError({
      argument: "rules",
      value: twice,
      message: `chain: two rules have a slot named ${twice}, expected different names`,
    });
  }
  return {
    name: rules.map(({ name }) => name).join(", "),
    slots: Object.assign({}, ...rules.map(({ slots }) => slots)) as Record<string, number>,
    kind: (parameterName) => rules.map(({ kind }) => kind?.(parameterName) ?? "").join(),
    coefficients: (step, learningRate) =>
      Object.fromEntries(
        rules.flatMap(({ coefficients }, i) =>
          Object.entries(coefficients?.(step, learningRate) ?? {}).map(([name, value]) => [
            `${i}.${name}`,
            value,
          ]),
        ),
      ),
    update: (context) =>
      rules.reduce<Required<Update>>(
        ({ change, slots }, rule, i) => {
          const prefix = `${i}.`;
          const own = Object.entries(context.coefficients).filter(([name]) => name.startsWith(prefix));
          const updated = rule.update({
            ...context,
            gradient: change,
            slots: pick(context.slots, Object.keys(rule.slots ?? {})),
            coefficients: Object.fromEntries(
              own.map(([name, scalar]) => [name.slice(prefix.length), scalar]),
            ),
          });
          return { change: updated.change, slots: { ...slots, ...updated.slots } };
        },
        { change: context.gradient, slots: {} },
      ),
  };
};
