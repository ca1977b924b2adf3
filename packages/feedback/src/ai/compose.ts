import type { ChatMessage, Conversation } from "@accord-rl/core";
import { type Exemplar, fillTemplate, type PromptSet } from "./prompt-set.ts";

/** What is judged: the responses in the order in which they are shown. */
export interface ShownSample {
  readonly prompt: string;
  readonly first: string;
  readonly second: string;
}

/** Makes the question to a labeling model. `isThinking`: ask for the reasons rather than for the choice. */
export type ComposePrompt = (options: {
  readonly promptSet: PromptSet;
  readonly exemplars: readonly Exemplar[];
  readonly sample: ShownSample;
  readonly isThinking: boolean;
}) => Conversation;

const question = (set: PromptSet, sample: ShownSample, isThinking: boolean): string =>
  `${fillTemplate(set.sample, { ...sample })}\n\n${isThinking ? set.thinking : set.ending}`;

const choice = (set: PromptSet, { preferred }: Exemplar): string =>
  `${set.answer ?? ""}${set.labels[preferred === "first" ? 0 : 1]}`;

const beginAnswer = (set: PromptSet, isThinking: boolean): ChatMessage[] =>
  set.answer === undefined || isThinking ? [] : [{ role: "assistant", content: set.answer }];

/** All in one message, the exemplars as text before the sample: the layout of Lee et al. 2023. */
export const composeText: ComposePrompt = ({ promptSet, exemplars, sample, isThinking }) => {
  const shown = exemplars.map((exemplar) => {
    const reasons = isThinking ? [exemplar.rationale ?? "", promptSet.ending] : [];
    return [question(promptSet, exemplar, isThinking), ...reasons, choice(promptSet, exemplar)]
      .filter((part) => part !== "")
      .join("\n\n");
  });
  const content = [promptSet.preamble, ...shown, question(promptSet, sample, isThinking)].join("\n\n");
  return [{ role: "user", content }, ...beginAnswer(promptSet, isThinking)];
};

/** Exemplars as turns of a conversation, answered as the model should answer. */
export const composeTurns: ComposePrompt = ({ promptSet, exemplars, sample, isThinking }) => {
  const turns = exemplars.flatMap((exemplar): ChatMessage[] => [
    { role: "user", content: question(promptSet, exemplar, isThinking) },
    ...(isThinking
      ? ([
          { role: "assistant", content: exemplar.rationale ?? "" },
          { role: "user", content: promptSet.ending },
        ] as const)
      : []),
    { role: "assistant", content: choice(promptSet, exemplar) },
  ]);
  const [start, ...rest] = [
    ...turns,
    { role: "user", content: question(promptSet, sample, isThinking) },
  ] as const satisfies readonly ChatMessage[];
  const opening = { role: "user", content: `${promptSet.preamble}\n\n${start!.content}` } as const;
  return [opening, ...rest, ...beginAnswer(promptSet, isThinking)];
};

/** Goes on after the reasons: the choice is asked for with them in view. */
export const askForChoice = (set: PromptSet, thought: Conversation, rationale: string): Conversation => [
  ...thought,
  { role: "assistant", content: rationale },
  { role: "user", content: set.ending },
  ...beginAnswer(set, false),
];
