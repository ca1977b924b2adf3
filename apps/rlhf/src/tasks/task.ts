import type {
  Compile,
  PreferencePair,
  Random,
  RatedText,
  TextExample,
  TextSample,
  Tokenizer,
} from "@accord-rl/core";
import type { RenderChat } from "@accord-rl/data";
import type { Transformer } from "@accord-rl/language-model";
import type { Options } from "../options.ts";

/** How the report speaks of a task. */
export interface TaskWords {
  readonly title: string;
  /** What was read: an asset's name, or a path. */
  readonly data: string;
  /** What fine-tuning learns to write: "reviews". */
  readonly texts: string;
  /** What prompts are: "openings". */
  readonly prompts: string;
  /** What the reward model learns from, as a sentence. */
  readonly pairs: string;
  /** What gold is: "VADER, a judge by lexicon and rules that no training saw". */
  readonly gold: string;
  /** The same in a word or two, for a chart: "VADER". */
  readonly goldName: string;
  /** What the second judge is: "the share of …". */
  readonly secondJudge: string;
}

/** What the app learns from and is judged by. Each text serves one purpose only. */
export interface Task {
  readonly words: TaskWords;
  readonly sftExamples: readonly TextExample[];
  /** Texts that fine-tuning does not see, for its perplexity. */
  readonly sftHeldOut: readonly TextExample[];
  readonly pairs: readonly PreferencePair[];
  /** For `--reward regression`. */
  readonly ratings: readonly RatedText[];
  readonly heldOutPairs: readonly PreferencePair[];
  /** As tokens, all of them different. */
  readonly prompts: readonly (readonly number[])[];
  readonly heldOutPrompts: readonly (readonly number[])[];
  /** The task's metric beside the reward, the higher the better. No training sees it. */
  readonly gold: (sample: TextSample) => number;
  readonly secondJudge: (samples: readonly TextSample[]) => number[];
  /** Answers end by themselves, at the model's stop tokens; false: they are as long as they may be. */
  readonly stops: boolean;
}

/** What a task is made with besides its options. */
export interface TaskSources {
  /** The pretrained model. */
  readonly model: Transformer;
  readonly tokenizer: Tokenizer;
  /** The model's chat template; without one conversations are written as plain text. */
  readonly render?: RenderChat | undefined;
  readonly random: Random;
  readonly log: (line: string) => void;
  readonly compile: Compile;
}

export type LoadTask = (options: Options, sources: TaskSources) => Promise<Task>;

/** Prompts to train on: several passes over them where there are many iterations. */
export const promptCount = ({ prompts, iterations }: Options): number =>
  Math.min(prompts * Math.max(iterations, 4), 2000);

/** Texts to fine-tune on: each once, as far as they go. */
export const sftCount = ({ sftSteps, sftBatch }: Options): number => Math.max(sftSteps * sftBatch, sftBatch);
