import {
  type Abstention,
  type Completion,
  type Conversation,
  type Random,
  refuse,
  type TextModel,
  type TokenUsage,
} from "@accord-rl/core";
import { askApart, isRefused } from "../models/refusals.ts";
import { withoutThoughts } from "../models/thoughts.ts";

import { cutOff, noLabel, refused } from "./abstention.ts";
import { askForChoice, type ComposePrompt, type ShownSample as Shown } from "./compose.ts";
import type { Exemplar, PromptSet } from "./prompt-set.ts";
import type { ReadPreference } from "./read-preference.ts";
import { completeWithRoom, defaultThinkingTokens } from "./thinking-room.ts";
import { addUsage, noUsage } from "./usage.ts";

/** A sample with the words that it is judged by. */
export interface ShownSample extends Shown {
  readonly promptSet: PromptSet;
}

/** How one showing was judged: towards what was shown first. */
export interface Judged {
  readonly lean: number | null;
  readonly usage: TokenUsage;
  readonly rationale?: string;
  /** Why `lean` is null. */
  readonly abstention?: Abstention;
}

const takeExemplars = (set: PromptSet, exemplars: number | readonly Exemplar[]): readonly Exemplar[] => {
  if (typeof exemplars !== "number") return exemplars;
  if (exemplars > set.exemplars.length) {
    refuse(
      "createAiLabeler",
      "exemplars",
      exemplars,
      `at most ${set.exemplars.length}, as prompt set "${set.name}" has`,
    );
  }
  return set.exemplars.slice(0, exemplars);
};

/** Indices of the samples, by the labels of their prompt sets: one call of a reader has one pair of labels. */
const groupByLabels = (samples: readonly ShownSample[]): Map<string, number[]> => {
  const groups = new Map<string, number[]>();
  samples.forEach(({ promptSet }, i) => {
    const key = JSON.stringify(promptSet.labels);
    groups.set(key, [...(groups.get(key) ?? []), i]);
  });
  return groups;
};

export interface JudgeOptions {
  readonly model: TextModel;
  readonly exemplars: number | readonly Exemplar[];
  readonly compose: ComposePrompt;
  readonly read: ReadPreference;
  readonly chainOfThought: { readonly maxNewTokens: number } | undefined;
  readonly minimumProbability: number | undefined;
  readonly thinkingTokens: number | undefined;
}

/** Reasons that a model gave; those that are cut off in the middle still say something, an unfinished thought does not. */
const reasonsOf = (thought: Completion): Judged & { readonly rationale: string } => {
  const rationale = withoutThoughts(thought.text).answer.trim();
  const usage = addUsage(noUsage, thought);
  if (rationale !== "") return { lean: null, usage, rationale };
  return { lean: null, usage, rationale, abstention: thought.finished ? noLabel : cutOff };
};

/** Asks for reasons: one per conversation, or why there are none. */
const think = async (
  { model, thinkingTokens = defaultThinkingTokens }: JudgeOptions,
  conversations: readonly Conversation[],
  maxNewTokens: number,
  random: Random | undefined,
): Promise<Judged[]> => {
  const thoughts = await askApart(model, conversations, (some) =>
    completeWithRoom(model, some, {
      maxNewTokens,
      thinkingTokens,
      ...(random ? { random: random.fork("thinking") } : {}),
    }),
  );
  return thoughts.map((thought) =>
    isRefused(thought) ? { lean: null, usage: noUsage, abstention: refused(thought) } : reasonsOf(thought),
  );
};

/** Makes the function that asks the model about samples as they are shown: reasons first where it thinks. */
export const createJudge =
  (options: JudgeOptions) =>
  async (samples: readonly ShownSample[], random: Random | undefined): Promise<readonly Judged[]> => {
    const { model, exemplars, compose, read, chainOfThought, minimumProbability, thinkingTokens } = options;
    const isThinking = chainOfThought !== undefined;
    const conversations = samples.map(({ promptSet, ...sample }) =>
      compose({ promptSet, exemplars: takeExemplars(promptSet, exemplars), sample, isThinking }),
    );
    const reasons = isThinking
      ? await think(options, conversations, chainOfThought.maxNewTokens, random)
      : samples.map((): Judged => ({ lean: null, usage: noUsage }));
    const judged = [...reasons];
    for (const group of groupByLabels(samples).values()) {
      const indices = group.filter((i) => !reasons[i]!.abstention);
      if (indices.length === 0) continue;
      const readings = await askApart(model, indices, (some) =>
        read({
          model,
          conversations: some.map((i) => {
            const { rationale } = reasons[i]!;
            return rationale === undefined
              ? conversations[i]!
              : askForChoice(samples[i]!.promptSet, conversations[i]!, rationale);
          }),
          labels: samples[indices[0]!]!.promptSet.labels,
          ...(random ? { random: random.fork("choice") } : {}),
          ...(minimumProbability === undefined ? {} : { minimumProbability }),
          ...(thinkingTokens === undefined ? {} : { thinkingTokens }),
        }),
      );
      readings.forEach((reading, at) => {
        const i = indices[at]!;
        judged[i] = isRefused(reading)
          ? { ...reasons[i]!, abstention: refused(reading) }
          : { ...reasons[i]!, ...reading, usage: addUsage(reading.usage, reasons[i]!.usage) };
      });
    }
    return judged;
  };
