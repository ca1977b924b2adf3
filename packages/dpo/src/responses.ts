import {
  type Compile,
  type Decisions,
  InvalidArgumentError,
  type Observations,
  type Policy,
  type ReferencePolicy,
  type TextBatch,
  type TextObservations,
} from "@accord-rl/core";
import type { OptimizerFactory } from "@accord-rl/learning";
import { compileTree, type TextLayout, textDecisions } from "@accord-rl/math";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { ResponseScores } from "./loss-types.ts";
import type { PreferenceOptions } from "./options.ts";

/** Responses as a policy evaluates them; mask [B, T], 1 = a token of the response. */
export type ResponseDecisions<Obs extends Observations> = Decisions<Obs> & { readonly mask: Tensor2D };

/** Lays prompts with their responses out for a policy. */
export type LayOut<Obs extends Observations> = (
  texts: TextBatch,
  layout: TextLayout,
) => ResponseDecisions<Obs>;

/** A policy over texts needs no layout of its own; one with other observations does. */
export type LayOutPart<Obs extends Observations> = TextObservations extends Obs
  ? { readonly layOut?: LayOut<Obs> }
  : { readonly layOut: LayOut<Obs> };

/** What every learner from preferences is made of. */
export interface LearnerParts<Obs extends Observations> {
  /** Trained. It stays the caller's to dispose of. */
  readonly policy: Policy<Obs>;
  readonly optimizer: OptimizerFactory;
  /**
   * Makes one call of a step (of each micro-batch's gradient where there are several), and of each evaluation. Default:
   * `interpret`.
   */
  readonly compile?: Compile;
  readonly options?: Partial<PreferenceOptions>;
  /** The losses hold their own β. */
  readonly regularizer?: never;
}

/** Σ log π over each response, and its length. Gradient flows to the policy. */
export const scoreResponses = <Obs extends Observations>(
  policy: ReferencePolicy<Obs>,
  { observations, actions, mask }: ResponseDecisions<Obs>,
): ResponseScores =>
  tf.tidy(() => {
    const { logProbs } = policy.evaluate({ observations, actions }); // [B, T]
    return {
      logProbs: tf.sum<Tensor1D>(tf.mul(logProbs, mask), 1), // [B]
      lengths: tf.sum<Tensor1D>(mask, 1), // [B]
    };
  });

/** `scoreResponses` without gradient: one call where it is compiled. @returns [B]. */
export const createScorer = <Obs extends Observations>(
  policy: ReferencePolicy<Obs>,
  compile: Compile | undefined,
  name: string,
): ((decisions: ResponseDecisions<Obs>) => Tensor1D) => {
  const score = compileTree(
    (decisions: ResponseDecisions<Obs>) => ({
      logProbs: tf.tidy(() => scoreResponses(policy, decisions).logProbs),
    }),
    compile,
    name,
  );
  return ({ observations, actions, mask }) => score({ observations, actions, mask } as never).logProbs;
};

/** The caller's layout, or that of texts, at the lengths of the options. */
export const createLayOut = <Obs extends Observations>(
  given: LayOut<Obs> | undefined,
  { promptLength, responseLength }: Pick<PreferenceOptions, "promptLength" | "responseLength">,
): ((texts: TextBatch) => ResponseDecisions<Obs>) => {
  const layOut = given ?? (textDecisions as unknown as LayOut<Obs>);
  return (texts) =>
    layOut(texts, { ...(promptLength && { promptLength }), ...(responseLength && { responseLength }) });
};

/** These losses hold their own β: a second penalty would optimise something else. */
export const refuseRegularizer = (where: string, parts: object): void => {
  const { regularizer } = parts as { regularizer?: unknown };
  if (regularizer === undefined) return;
  throw new InvalidArgumentError({
    argument: "regularizer",
    value: regularizer,
    message: `${where}: got a regularizer, but the loss holds the policy to its reference by its own β; leave the regularizer out`,
  });
};
