import {
  InvalidArgumentError,
  type Json,
  type KlPlacement,
  type KlRegularizer,
  type Observations,
  type ReferenceEvaluation,
  type ReferencePolicy,
} from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import type { KlController } from "./controllers.ts";
import type { KlEstimator } from "./estimator.ts";

export interface KlRegularizerOptions<P extends KlPlacement, Obs extends Observations> {
  /** π_ref; never trained. */
  readonly reference: ReferencePolicy<Obs>;
  readonly estimator: KlEstimator<P>;
  /** Default: where the estimator is lawful. Another fails to compile where the estimator's type is known. */
  readonly placement?: NoInfer<P>;
  /** β: `fixed`, `adaptive` or `linearSchedule`. */
  readonly coefficient: KlController;
  /** Nats. Holds each step's estimate within ±clamp; biased, and without gradient, where it bites. Default: none. */
  readonly clamp?: number;
}

const placeName = { reward: "in the reward", loss: "in the loss" } as const;

const lawfulPlaces = (estimator: KlEstimator) => Object.keys(estimator.lawful) as KlPlacement[];

const refusePlacement = (value: KlPlacement | undefined, message: string): never => {
  throw new InvalidArgumentError({
    argument: "placement",
    value,
    message: `createKlRegularizer: ${message}`,
  });
};

/** The one place where the estimator is lawful. */
const onlyPlacement = (estimator: KlEstimator): KlPlacement => {
  const places = lawfulPlaces(estimator);
  if (places[0] !== undefined && places.length === 1) return places[0];
  if (places.length > 1) {
    return refusePlacement(
      undefined,
      `${estimator.name} is lawful in several places: give placement, "reward" or "loss"`,
    );
  }
  const reasons = Object.entries(estimator.unlawful ?? {}).map(
    ([place, reason]) => `${placeName[place as KlPlacement]}: ${reason}`,
  );
  return refusePlacement(undefined, [`${estimator.name} is lawful only as a measure.`, ...reasons].join(" "));
};

const lawfulSemantics = (estimator: KlEstimator, placement: KlPlacement) => {
  const semantics = estimator.lawful[placement];
  if (semantics !== undefined) return semantics;
  const places = lawfulPlaces(estimator).map((place) => placeName[place]);
  const reason =
    estimator.unlawful?.[placement] ?? `it is lawful only ${places.join(" and ") || "as a measure"}.`;
  return refusePlacement(
    placement,
    `${estimator.name} can't stand ${placeName[placement] ?? `at "${placement}"`}: ${reason}`,
  );
};

/**
 * Binds a reference, an estimator, its place and its coefficient into what an algorithm's constructor takes.
 *
 * @throws InvalidArgumentError when the estimator's expected gradient is not that of a KL at this placement, and
 *   when `placement` is left out for an estimator that has none, or several.
 */
export const createKlRegularizer = <
  P extends KlPlacement = KlPlacement,
  Obs extends Observations = Observations,
>({
  reference,
  estimator,
  placement = onlyPlacement(estimator) as P,
  coefficient: controller,
  clamp,
}: KlRegularizerOptions<P, Obs> &
  // No place is lawful: the call doesn't compile.
  ([P] extends [never] ? { readonly placement: never } : unknown)): KlRegularizer<Obs> => {
  const semantics = lawfulSemantics(estimator, placement);
  if (clamp !== undefined && !(clamp > 0)) {
    throw new InvalidArgumentError({
      argument: "clamp",
      value: clamp,
      message: `createKlRegularizer: clamp is ${clamp}, expected nats above 0, or leave it out`,
    });
  }
  const name = `${estimator.name} ${placeName[placement]}`;
  return {
    name,
    placement,
    semantics,
    request: estimator.request,
    get coefficient() {
      return controller.coefficient;
    },
    evaluateReference: (batch): ReferenceEvaluation =>
      tf.tidy(() => {
        const { logProbs, distribution } = reference.evaluate(batch, estimator.request);
        return { logProbs, ...(distribution && estimator.request.distribution ? { distribution } : {}) };
      }) as ReferenceEvaluation,
    penalty: (inputs) =>
      tf.tidy(() => {
        const values = estimator.value(inputs); // [B, T]
        return clamp === undefined ? values : tf.clipByValue(values, -clamp, clamp);
      }),
    observe: (measured) => controller.observe(measured),
    state: async () => {
      const { tensors, json } = await controller.state();
      return { tensors, json: { regularizer: name, coefficient: json } };
    },
    restore: ({ tensors, json }) => {
      const saved = json as { readonly [key: string]: Json } | null;
      if (saved?.regularizer !== name) {
        throw new InvalidArgumentError({
          argument: "state",
          value: json,
          message: `KlRegularizer.restore: the state is of ${JSON.stringify(saved?.regularizer ?? json)}, expected "${name}"; resume with the regularizer that the run began with`,
        });
      }
      controller.restore({ tensors, json: saved.coefficient ?? null });
    },
  };
};
