import type {
  AbstainOptions,
  ChatMessage,
  Completion,
  Conversation,
  Random,
  TextModel,
  TokenUsage,
} from "@accord-rl/core";
import { refused } from "../ai/abstention.ts";
import { completeWithRoom } from "../ai/thinking-room.ts";
import { addUsage, noUsage } from "../ai/usage.ts";
import { assistant, user } from "../messages.ts";
import { askApart, isRefused } from "../models/refusals.ts";
import { withoutThoughts } from "../models/thoughts.ts";
import type { Constitution, Principle } from "./constitution.ts";

/** A critique with the revision that follows from it, shown before the model makes its own. */
export interface RevisionExemplar {
  readonly prompt: string;
  readonly answer: string;
  readonly critique: string;
  readonly revision: string;
}

/** One round: by which principle, what was found wrong, and the answer after it. */
export interface RevisionStep {
  readonly principle: string;
  readonly critique: string;
  readonly revision: string;
}

export interface RevisedAnswer {
  readonly prompt: string;
  /** The first one, before any revision. */
  readonly answer: string;
  readonly steps: readonly RevisionStep[];
  /** Tokens of all answers that this took. */
  readonly usage: TokenUsage;
}

/** n principles for a prompt, none twice before all were used; the same ones whatever stands beside it. */
const drawPrinciples = ({ principles }: Constitution, prompt: string, rounds: number, random: Random) => {
  const order = random.fork(`principles of ${prompt}`).shuffle(principles);
  return Array.from({ length: rounds }, (_, round) => order[round % order.length]!);
};

const askForCritique = (
  { prompt, answer }: { readonly prompt: string; readonly answer: string },
  { critique }: Principle,
): ChatMessage[] => [user(prompt), assistant(answer), user(critique)];

const showExemplars = (exemplars: readonly RevisionExemplar[], principle: Principle): ChatMessage[] =>
  exemplars.flatMap((exemplar) => [
    ...askForCritique(exemplar, principle),
    assistant(exemplar.critique),
    user(principle.revision),
    assistant(exemplar.revision),
  ]);

export interface ReviseOptions {
  readonly model: TextModel;
  readonly constitution: Constitution;
  readonly rounds: number;
  readonly exemplars: readonly RevisionExemplar[];
  readonly maxNewTokens: number;
  /** Further tokens for a model that is cut off while it thinks. */
  readonly thinkingTokens: number;
  readonly random: Random;
  readonly sampling: Random | undefined;
}

/** A prompt on its way through the stages. */
interface Draft {
  readonly index: number;
  readonly prompt: string;
  readonly principles: readonly Principle[];
  answer: string;
  latest: string;
  usage: TokenUsage;
  readonly steps: RevisionStep[];
}

/** What a draft is asked in a stage. */
interface Question {
  readonly draft: Draft;
  readonly conversation: Conversation;
}

/** Makes the function that has a stage's questions answered, without the model's thoughts; drafts that are refused leave. */
const createStage =
  ({ model, maxNewTokens, thinkingTokens, sampling }: ReviseOptions, { onAbstain }: AbstainOptions) =>
  async (
    stage: string,
    questions: readonly Question[],
  ): Promise<(Question & { readonly text: string })[]> => {
    const answers = await askApart<Question, Completion>(model, questions, (some) =>
      completeWithRoom(
        model,
        some.map(({ conversation }) => conversation),
        { maxNewTokens, thinkingTokens, ...(sampling ? { random: sampling.fork(stage) } : {}) },
      ),
    );
    return questions.flatMap((question, i) => {
      const answer = answers[i]!;
      const { draft } = question;
      if (isRefused(answer)) {
        onAbstain?.(draft.index, refused(answer));
        return [];
      }
      draft.usage = addUsage(draft.usage, answer);
      return [{ ...question, text: withoutThoughts(answer.text).answer.trim() }];
    });
  };

/**
 * Answers prompts, then criticises and revises each answer `rounds` times; all prompts go through a stage together. A
 * prompt that the model refuses at any stage gets null.
 */
export const createReviser = (options: ReviseOptions) => {
  const { constitution, rounds, exemplars, random } = options;
  return async (
    prompts: readonly string[],
    abstain: AbstainOptions = {},
  ): Promise<readonly (RevisedAnswer | null)[]> => {
    const ask = createStage(options, abstain);
    const begun = prompts.map((prompt, index): Draft => {
      const principles = drawPrinciples(constitution, prompt, rounds, random);
      return { index, prompt, principles, answer: "", latest: "", usage: noUsage, steps: [] };
    });
    const first = await ask(
      "answer",
      begun.map((draft) => ({ draft, conversation: [user(draft.prompt)] })),
    );
    let drafts = first.map(({ draft, text }) => Object.assign(draft, { answer: text, latest: text }));
    for (let round = 0; round < rounds; round++) {
      const critiques = await ask(
        `critique ${round}`,
        drafts.map((draft) => {
          const { prompt, latest } = draft;
          const principle = draft.principles[round]!;
          const asked = askForCritique({ prompt, answer: latest }, principle);
          return { draft, conversation: [...showExemplars(exemplars, principle), ...asked] };
        }),
      );
      const revisions = await ask(
        `revision ${round}`,
        critiques.map(({ draft, conversation, text }) => {
          const asked = user(draft.principles[round]!.revision);
          return { draft, conversation: [...conversation, assistant(text), asked] };
        }),
      );
      const critiqueOf = new Map(critiques.map(({ draft, text }) => [draft, text]));
      for (const { draft, text } of revisions) {
        const principle = draft.principles[round]!.name;
        draft.steps.push({ principle, critique: critiqueOf.get(draft) ?? "", revision: text });
        if (text !== "") draft.latest = text;
      }
      drafts = revisions.map(({ draft }) => draft);
    }
    const revised = new Array<RevisedAnswer | null>(prompts.length).fill(null);
    for (const { index, prompt, answer, steps, usage } of drafts) {
      revised[index] = { prompt, answer, steps, usage };
    }
    return revised;
  };
};
