/** What must not compile; `tsc` reads it, and it is never run beyond the declarations. */
import type { Algorithm, GroupedRollout, Policy, Rollout, TextObservations } from "@accord-rl/core";
import type { OptimizerFactory } from "@accord-rl/learning";
import { fixedLengthMean, sequenceMean, sequenceSumMean, tokenMean } from "@accord-rl/math";
import { expectTypeOf, test } from "vitest";
import {
  createGrpo,
  createReinforce,
  createReinforcePlusPlus,
  createRloo,
  leaveOneOut,
  meanSequenceRatio,
  noBaseline,
  tokenRatio,
} from "./index.ts";

type TextPolicy = Policy<TextObservations> & { readonly temperature: number };
declare const policy: TextPolicy;
declare const optimizer: OptimizerFactory;
const parts = () => ({ policy, optimizer });

test("the advantages decide which rollouts it takes", () => {
  const grouped = () => createReinforce({ ...parts(), advantages: leaveOneOut });
  const any = () => createReinforce({ ...parts(), advantages: noBaseline() });
  expectTypeOf(grouped).returns.toEqualTypeOf<Algorithm<TextPolicy, GroupedRollout<TextObservations>>>();
  expectTypeOf(any).returns.toEqualTypeOf<Algorithm<TextPolicy, Rollout<TextObservations>>>();
  expectTypeOf(createRloo<TextObservations, TextPolicy>).returns.toEqualTypeOf<
    Algorithm<TextPolicy, GroupedRollout<TextObservations>>
  >();
  expectTypeOf(createReinforcePlusPlus<TextObservations, TextPolicy>).returns.toEqualTypeOf<
    Algorithm<TextPolicy, Rollout<TextObservations>>
  >();
  const wrong = (rollout: Rollout<TextObservations>) => [
    any().update(rollout),
    // @ts-expect-error a rollout without groups
    grouped().update(rollout),
    // @ts-expect-error a rollout without groups
    createGrpo(parts()).update(rollout),
    // @ts-expect-error a rollout without groups
    createRloo(parts()).update(rollout),
  ];
  expectTypeOf(wrong).toBeFunction();
});

test("a ratio of sequences takes an aggregation under which each counts the same", () => {
  const combinations = () => [
    createGrpo({ ...parts(), surrogate: meanSequenceRatio(), aggregation: sequenceMean }),
    createGrpo({ ...parts(), surrogate: tokenRatio(), aggregation: fixedLengthMean(8) }),
    createRloo({ ...parts(), surrogate: tokenRatio(), aggregation: sequenceSumMean }),
    // @ts-expect-error tokens of a sequence's ratio are summed
    createGrpo({ ...parts(), surrogate: meanSequenceRatio(), aggregation: sequenceSumMean }),
    // @ts-expect-error long sequences count more
    createGrpo({ ...parts(), surrogate: meanSequenceRatio(), aggregation: tokenMean }),
    // @ts-expect-error RLOO's own ratio is of sequences
    createRloo({ ...parts(), aggregation: tokenMean }),
    // @ts-expect-error RLOO has its baseline
    createRloo({ ...parts(), advantages: noBaseline() }),
  ];
  expectTypeOf(combinations).toBeFunction();
});
