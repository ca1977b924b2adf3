import type { Conversation, Random, TextModel, TokenUsage } from "@accord-rl/core";
import { refuse } from "../require.ts";
import { askForChoice, type ComposePrompt, type ShownSample as Shown } from "./compose.ts";
import type { Exemplar, PromptSet } from "./prompt-set.ts";
import { addUsage, type ReadPreference } from "./read-preference.ts";

/** A sample with the words that it is judged by. */
export interface ShownSample extends Shown {
  readonly promptSet: PromptSet;
}

/** How one showing was judged: towards what was shown first. */
export interface Judged {
  readonly lean: number | null;
  readonly usage: TokenUsage;
  readonly rationale?: string;
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

/** Makes the function that asks the model about samples as they are shown: reasons first where it thinks. */
export const createJudge =
  ({
    model,
    exemplars,
    compose,
    read,
    chainOfThought,
  }: {
    readonly model: TextModel;
    readonly exemplars: number | readonly Exemplar[];
    readonly compose: ComposePrompt;
    readonly read: ReadPreference;
    readonly chainOfThought: { readonly maxNewTokens: number } | undefined;
  }) =>
  async (samples: readonly ShownSample[], random: Random | undefined): Promise<readonly Judged[]> => {
    const isThinking = chainOfThought !== undefined;
    let conversations: readonly Conversation[] = samples.map(({ promptSet, ...sample }) =>
      compose({ promptSet, exemplars: takeExemplars(promptSet, exemplars), sample, isThinking }),
    );
    const thoughts = isThinking
      ? await model.complete(conversations, {
          maxNewTokens: chainOfThought.maxNewTokens,
          ...(random ? { random: random.fork("thinking") } : {}),
        })
      : [];
    if (isThinking) {
      conversations = conversations.map((conversation, i) =>
        askForChoice(samples[i]!.promptSet, conversation, thoughts[i]!.text.trim()),
      );
    }
    const judged = new Array<Judged>(samples.length);
    for (const indices of groupByLabels(samples).values()) {
      const readings = await read({
        model,
        conversations: indices.map((i) => conversations[i]!),
        labels: samples[indices[0]!]!.promptSet.labels,
        ...(random ? { random: random.fork("choice") } : {}),
      });
      readings.forEach(({ lean, usage }, at) => {
        const i = indices[at]!;
        const thought = thoughts[i];
        judged[i] = thought
          ? { lean, usage: addUsage(usage, thought), rationale: thought.text.trim() }
          : { lean, usage };
      });
    }
    return judged;
  };
