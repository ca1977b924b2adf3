import type { ChatMessage, Completion, Conversation, Random, TextModel, TokenUsage } from "@accord-rl/core";
import { addUsage, noUsage } from "../ai/read-preference.ts";
import { assistant, user } from "../messages.ts";
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
  readonly random: Random;
  readonly sampling: Random | undefined;
}

/** Answers prompts, then criticises and revises each answer `rounds` times; all prompts go through a stage together. */
export const createReviser =
  ({ model, constitution, rounds, exemplars, maxNewTokens, random, sampling }: ReviseOptions) =>
  async (prompts: readonly string[]): Promise<readonly RevisedAnswer[]> => {
    const ask = async (stage: string, conversations: readonly Conversation[]) => {
      const own = sampling ? { random: sampling.fork(stage) } : {};
      const completions = await model.complete(conversations, { maxNewTokens, ...own });
      return completions.map((completion) => ({ ...completion, text: completion.text.trim() }));
    };
    const spent = prompts.map(() => noUsage);
    const count = (completions: readonly Completion[]) =>
      completions.forEach((completion, i) => {
        spent[i] = addUsage(spent[i]!, completion);
      });
    const drawn = prompts.map((prompt) => drawPrinciples(constitution, prompt, rounds, random));
    const first = await ask(
      "answer",
      prompts.map((prompt) => [user(prompt)]),
    );
    count(first);
    const steps = prompts.map((): RevisionStep[] => []);
    const latest = first.map(({ text }) => text);
    for (let round = 0; round < rounds; round++) {
      const principles = drawn.map((own) => own[round]!);
      const asked = prompts.map((prompt, i) => [
        ...showExemplars(exemplars, principles[i]!),
        ...askForCritique({ prompt, answer: latest[i]! }, principles[i]!),
      ]);
      const critiques = await ask(`critique ${round}`, asked);
      const revisions = await ask(
        `revision ${round}`,
        asked.map((turns, i) => [...turns, assistant(critiques[i]!.text), user(principles[i]!.revision)]),
      );
      count(critiques);
      count(revisions);
      prompts.forEach((_, i) => {
        const revision = revisions[i]!.text;
        steps[i]!.push({ principle: principles[i]!.name, critique: critiques[i]!.text, revision });
        if (revision !== "") latest[i] = revision;
      });
    }
    return prompts.map((prompt, i) => ({
      prompt,
      answer: first[i]!.text,
      steps: steps[i]!,
      usage: spent[i]!,
    }));
  };
