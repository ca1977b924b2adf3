import { InvalidArgumentError } from "@accord-rl/core";

/** What a task is made of, and how much of it. */
export interface TaskSettings {
  /** An asset's name or a file in place of the task's own data. Default: the task's own. */
  readonly data?: string | undefined;
  /** Most tokens of a prompt. */
  readonly promptTokens?: number;
  /** Most tokens of a response. */
  readonly responseTokens?: number;
  /** Tokens that every review is cut to, so that length tells nothing: for the sentiment task. */
  readonly textTokens?: number;
  /** What prompts of the sentiment task open: held-out reviews, or stories that the pretrained model writes. */
  readonly promptSource?: "reviews" | "stories";
  /** Texts to fine-tune on. */
  readonly sftExamples?: number;
  /** Pairs that the reward model learns from. */
  readonly pairs?: number;
  /** Rated texts that a regression learns from, for the sentiment task; other tasks rate the texts of their pairs. */
  readonly ratings?: number;
  /** Pairs that the reward model is judged on. */
  readonly heldOutPairs?: number;
  /** Prompts to improve the policy on. */
  readonly prompts?: number;
  /** Prompts that before and after are compared on. */
  readonly heldOutPrompts?: number;
}

/** Every number is a most: a task gives fewer where its data have no more. */
export const taskDefaults = {
  promptTokens: 12,
  responseTokens: 48,
  textTokens: 64,
  promptSource: "reviews",
  sftExamples: 3200,
  pairs: 1536,
  ratings: 0,
  heldOutPairs: 500,
  prompts: 512,
  heldOutPrompts: 200,
} as const satisfies TaskSettings;

/** The settings with what was left out. */
export type FullTaskSettings = Required<Omit<TaskSettings, "data">> & Pick<TaskSettings, "data">;

export const fillTaskSettings = (settings: TaskSettings): FullTaskSettings => ({
  ...taskDefaults,
  ...settings,
});

/**
 * Said before anything is read.
 * @param lengths  tokens by what they are called in the message
 * @throws InvalidArgumentError where a text would not fit into the model's context.
 */
export const checkLengths = (contextLength: number, lengths: Readonly<Record<string, number>>): void => {
  const total = Object.values(lengths).reduce((sum, length) => sum + length, 0);
  if (total <= contextLength) return;
  const said = Object.entries(lengths).map(([name, length]) => `${name} ${length}`);
  throw new InvalidArgumentError({
    argument: Object.keys(lengths)[0]!,
    value: total,
    message: `${said.join(" and ")}: ${total} tokens are more than the model's context of ${contextLength}; choose less`,
  });
};
