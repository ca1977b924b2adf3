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
import type { TaskSettings } from "./task-settings.ts";

/** How reports speak of a task. */
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

/** What the stages learn from and are judged by. Each text serves one purpose only. */
export interface Task {
  readonly words: TaskWords;
  /** Most tokens of a prompt. */
  readonly promptTokens: number;
  /** Most tokens of a response. */
  readonly responseTokens: number;
  readonly sftExamples: readonly TextExample[];
  /** Texts that fine-tuning does not see, for its perplexity. */
  readonly sftHeldOut: readonly TextExample[];
  readonly pairs: readonly PreferencePair[];
  /** For a reward model that learns from ratings. */
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

/** What a task is made with besides its settings. */
export interface TaskSources {
  /** The pretrained model. */
  readonly model: Transformer;
  readonly tokenizer: Tokenizer;
  /** The model's chat template; without one conversations are written as plain text. */
  readonly render?: RenderChat | undefined;
  readonly random: Random;
  /** Hears of downloads. Default: nobody does. */
  readonly log?: ((line: string) => void) | undefined;
  /** Default: op by op. */
  readonly compile?: Compile;
}

export type LoadTask = (settings: TaskSettings, sources: TaskSources) => Promise<Task>;
