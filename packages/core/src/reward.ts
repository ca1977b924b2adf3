import type { AbstainOptions } from "./preference.ts";
import type { TextSample } from "./text.ts";

/** A number for the whole response, one per token of it, or null: the source abstains, the sample takes no part. */
export type Score = number | readonly number[] | null;

/** One score per sample; with uncertainties (standard deviations) where the source knows them. */
export type Scores =
  | readonly Score[]
  | { readonly scores: readonly Score[]; readonly uncertainties: readonly number[] };

/** Anything that scores samples: a model, a function, a judge, a weighted mix. */
export type RewardSource<Sample = TextSample> = (
  samples: readonly Sample[],
  options?: AbstainOptions,
) => Scores | Promise<Scores>;
