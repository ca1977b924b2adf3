import type {
  Algorithm,
  GroupedRollout,
  LanguageModel,
  LogitsGuide,
  TextObservations,
} from "@accord-rl/core";
import type { Author, TextSetting } from "./text-algorithm.ts";

/** What an algorithm is built from that learns from what others wrote. */
export type LoggedSetting = Pick<
  TextSetting,
  "beta" | "optimizer" | "microBatchSize" | "random" | "compile"
> & {
  /** The fine-tuned model, a copy of its own. */
  readonly model: LanguageModel;
  /** Lets that model write, steered by values. */
  readonly createAuthor: (guide: LogitsGuide) => Author;
};

/** Swapping it is swapping this function. It asks for no samples: its `update` takes logged responses. */
export type LoggedAlgorithm = (setting: LoggedSetting) => {
  readonly algorithm: Algorithm<Author, GroupedRollout<TextObservations>>;
};
