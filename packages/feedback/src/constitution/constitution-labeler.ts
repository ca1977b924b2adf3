import type { Random } from "@accord-rl/core";
import { type AiLabeler, type AiLabelerOptions, createAiLabeler } from "../ai/ai-labeler.ts";
import { type PromptSet, promptSetSchema } from "../ai/prompt-set.ts";
import type { ResponsePair } from "../pair.ts";
import type { Constitution } from "./constitution.ts";

/** Neutral words around a principle's question. */
const comparisonPrompts: PromptSet = promptSetSchema.parse({
  name: "comparison",
  preamble: "You are given a request and two responses to it.",
  sample: "Request:\n{prompt}\n\nResponse 1:\n{first}\n\nResponse 2:\n{second}",
  ending: "Which response is better?",
  thinking:
    "Think first: say in a few sentences how the two responses differ in what the question is about. Don't choose yet.",
  labels: ["1", "2"],
});

/**
 * The words for a pair: the comparison question of a principle that is drawn for it. The draw depends on the pair's texts
 * and not on their order or on other pairs.
 */
export const principlePrompts = ({
  constitution,
  random,
  prompt = comparisonPrompts,
}: {
  readonly constitution: Constitution;
  readonly random: Random;
  /** The words around the question; its ending is replaced. */
  readonly prompt?: PromptSet;
}): ((pair: ResponsePair) => PromptSet) => {
  const { name, principles } = constitution;
  const [first, second] = prompt.labels;
  return (pair) => {
    const texts = JSON.stringify([pair.prompt, ...[pair.first, pair.second].sort()]);
    const principle = principles[random.fork(texts).integer(principles.length)]!;
    const ending = `${principle.comparison} Answer with ${first} or ${second} alone.`;
    const thinking = `${principle.comparison}\n\n${prompt.thinking}`;
    return { ...prompt, name: `${name}/${principle.name}`, ending, thinking };
  };
};

export interface ConstitutionLabelerOptions extends Omit<AiLabelerOptions, "prompt" | "random"> {
  readonly constitution: Constitution;
  /** Draws the principles. */
  readonly random: Random;
  readonly prompt?: PromptSet;
  /** Where given, reasons are sampled at temperature 1. */
  readonly sampling?: Random;
}

/**
 * Labels pairs by a constitution, one drawn principle each; the label's source names it. With chain of thought,
 * probabilities are held within 0.4–0.6 (`confidenceLimit`), since reasons make a model too sure.
 *
 * @see Bai et al. 2022, §4.1. https://arxiv.org/abs/2212.08073
 */
export const createConstitutionLabeler = (options: ConstitutionLabelerOptions): AiLabeler => {
  const { constitution, random, prompt, sampling, ...rest } = options;
  return createAiLabeler({
    confidenceLimit: rest.chainOfThought ? 0.6 : 1,
    ...rest,
    prompt: principlePrompts({ constitution, random, ...(prompt ? { prompt } : {}) }),
    ...(sampling ? { random: sampling } : {}),
  });
};
