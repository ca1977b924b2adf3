import type { ChatMessage, Conversation } from "@accord-rl/core";
import { assistant, user } from "../messages.ts";
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
  set.answer === undefined || isThinking ? [] : [assistant(set.answer)];

/** What stands between an exemplar's question and its choice, where the model is to think and the exemplar did. */
const reasonsOf = ({ rationale }: Exemplar, isThinking: boolean): readonly string[] =>
  isThinking && rationale !== undefined ? [rationale] : [];

/** All in one message, the exemplars as text before the sample: the layout of Lee et al. 2023. */
export const composeText: ComposePrompt = ({ promptSet, exemplars, sample, isThinking }) => {
  const shown = exemplars.flatMap((exemplar) => {
    const reasons = reasonsOf(exemplar, isThinking).flatMap((text) => [text, promptSet.ending]);
    return [question(promptSet, exemplar, reasons.length > 0), ...reasons, choice(promptSet, exemplar)];
  });
  const content = [promptSet.preamble, ...shown, question(promptSet, sample, isThinking)].join("\n\n");
  return [user(content), ...beginAnswer(promptSet, isThinking)];
};

/** Exemplars as turns of a conversation, answered as the model should answer. */
export const composeTurns: ComposePrompt = ({ promptSet, exemplars, sample, isThinking }) => {
  const turns = exemplars.flatMap((exemplar) => {
    const reasons = reasonsOf(exemplar, isThinking).flatMap((text) => [
      assistant(text),
      user(promptSet.ending),
    ]);
    return [
      user(question(promptSet, exemplar, reasons.length > 0)),
      ...reasons,
      assistant(choice(promptSet, exemplar)),
    ];
  });
  const [start, ...rest] = [...turns, user(question(promptSet, sample, isThinking))];
  const opening = user(`${promptSet.preamble}\n\n${start!.content}`);
  return [opening, ...rest, ...beginAnswer(promptSet, isThinking)];
};

/** Goes on after the reasons: the choice is asked for with them in view. */
export const askForChoice = (set: PromptSet, thought: Conversation, rationale: string): Conversation => [
  ...thought,
  assistant(rationale),
  user(set.ending),
  ...beginAnswer(set, false),
];
