import {
  type AbstainOptions,
  type LabeledPreference,
  type Labeler,
  type Random,
  rateBelowOne,
  refuse,
  requireCount,
  requireRule,
  type TextModel,
  type TokenUsage,
} from "@accord-rl/core";
import type { AnswerCache } from "../models/answer-cache.ts";
import { cacheAnswers } from "../models/cached-model.ts";
import type { ResponsePair } from "../pair.ts";

import { noLabel } from "./abstention.ts";
import { type ComposePrompt, composeText } from "./compose.ts";
import { createJudge, type Judged, type ShownSample } from "./judge.ts";
import { probabilityOf } from "./probability.ts";
import type { Exemplar, PromptSet } from "./prompt-set.ts";
import { type ReadPreference, readByLetter, readByLogProbs } from "./read-preference.ts";
import { addUsage, noUsage } from "./usage.ts";

/** A label with how it came about. */
export interface AiLabel extends LabeledPreference {
  /** P(first is better) while it was shown first, and while it was shown second; null where only one order was judged. */
  readonly orders: readonly [number, number] | null;
  /** Tokens of all answers that this label took; what came from a cache counts as what it once cost. */
  readonly usage: TokenUsage;
}

export interface AiLabeler extends Labeler<ResponsePair> {
  label(pairs: readonly ResponsePair[], options?: AbstainOptions): Promise<readonly (AiLabel | null)[]>;
}

export interface AiLabelerOptions {
  readonly model: TextModel;
  /** The words; or a function that chooses them for a pair, whatever the order of its responses. */
  readonly prompt: PromptSet | ((pair: ResponsePair) => PromptSet);
  /** Judged examples that are shown: the first n of the prompt set, or others. Default 0. */
  readonly exemplars?: number | readonly Exemplar[];
  /** Default: `composeText`. */
  readonly compose?: ComposePrompt;
  /** Default: `readByLogProbs` where the model gives them, else `readByLetter`. */
  readonly read?: ReadPreference;
  /** Lets the model give its reasons first. Default: it answers at once. */
  readonly chainOfThought?: { readonly maxNewTokens: number };
  /** Answers per order, averaged (self-consistency); more than one needs `random`. Default 1. */
  readonly samples?: number;
  /** Where given, reasons and letters are sampled at temperature 1 instead of being the most likely ones. */
  readonly random?: Random;
  /** Judges each pair in both orders and averages. Default true. */
  readonly bothOrders?: boolean;
  /** No probability is above this one, or below 1 minus it; 0.6 in Bai et al. 2022b with chain of thought. Default 1. */
  readonly confidenceLimit?: number;
  /** Least probability of the two labels together, without which there is no verdict. Default 0.1. */
  readonly minimumProbability?: number;
  /** Further tokens for a model that is cut off while it thinks; 0 = none. Default 4096. */
  readonly thinkingTokens?: number;
  /** Keeps answers, so that none is paid for twice. Default: none is kept. */
  readonly cache?: AnswerCache;
  /** What tokens cost, as the label's `cost`. Default: their number. */
  readonly price?: (usage: TokenUsage) => number;
}

const validate = (options: AiLabelerOptions, read: ReadPreference): void => {
  const { samples = 1, exemplars = 0, confidenceLimit = 1, chainOfThought, random } = options;
  const { minimumProbability = 0, thinkingTokens = 0 } = options;
  requireCount("createAiLabeler", "samples", samples);
  if (typeof exemplars === "number") requireCount("createAiLabeler", "exemplars", exemplars, 0);
  if (chainOfThought) {
    requireCount("createAiLabeler", "chainOfThought.maxNewTokens", chainOfThought.maxNewTokens);
  }
  requireCount("createAiLabeler", "thinkingTokens", thinkingTokens, 0);
  requireRule("createAiLabeler", "minimumProbability", minimumProbability, rateBelowOne);
  if (!(confidenceLimit > 0.5 && confidenceLimit <= 1)) {
    refuse("createAiLabeler", "confidenceLimit", confidenceLimit, "a number above 0.5, at most 1");
  }
  if (samples > 1 && !random)
    refuse("createAiLabeler", "random", random, "a Random, to draw several samples");
  if (samples > 1 && !chainOfThought && read === readByLogProbs) {
    refuse(
      "createAiLabeler",
      "samples",
      samples,
      "1: without chain of thought, log-probs are the same each time",
    );
  }
};

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** A pair's answers, one per sample and order; lean towards the pair's first response, whichever was shown first. */
interface PairAnswers {
  readonly shownFirst: readonly Judged[];
  readonly shownSecond: readonly Judged[];
}

/** Averages over orders and samples. Exchanging the responses negates the lean exactly: f(a, b) = (a − b)/2. */
const combine = ({ shownFirst, shownSecond }: PairAnswers, bothOrders: boolean) => {
  const read = shownFirst.flatMap(({ lean }, i) => {
    const other = bothOrders ? shownSecond[i]?.lean : null;
    return lean === null || (bothOrders && other === null) ? [] : [[lean, other ?? -lean] as const];
  });
  if (read.length === 0) return null;
  const leans = [average(read.map(([first]) => first)), average(read.map(([, second]) => second))] as const;
  return { lean: (leans[0] - leans[1]) / 2, leans };
};

/**
 * A language model as labeler: prompt = preamble + exemplars + sample + ending, the preference read from the
 * log-probabilities of the two labels, each pair judged in both orders and averaged.
 *
 *   P(first) = ½·[σ(ℓ₁ − ℓ₂ | first shown first) + σ(ℓ₂ − ℓ₁ | first shown second)]
 *
 * Exchanging a pair's responses turns P into 1 − P to the last bit: both ask the model the same, in the same order.
 * Abstains where an order can't be read: an answer that is cut off or names no label, labels with too little probability,
 * a conversation that the model refuses. `onAbstain` is told which.
 *
 * @throws InvalidArgumentError for options that contradict each other; ModelError where the model gives no answer.
 * @see Lee et al. 2023, RLAIF, §2.1. https://arxiv.org/abs/2309.00267
 */
export const createAiLabeler = (options: AiLabelerOptions): AiLabeler => {
  const { cache, prompt, exemplars = 0, compose = composeText, samples = 1, random } = options;
  const {
    bothOrders = true,
    confidenceLimit = 1,
    chainOfThought,
    minimumProbability,
    thinkingTokens,
  } = options;
  const { price = ({ inputTokens, outputTokens }) => inputTokens + outputTokens } = options;
  const model = cache ? cacheAnswers({ model: options.model, cache }) : options.model;
  const read = options.read ?? (model.scoreCandidates ? readByLogProbs : readByLetter);
  validate(options, read);
  const judge = createJudge({
    model,
    exemplars,
    compose,
    read,
    chainOfThought,
    minimumProbability,
    thinkingTokens,
  });

  const shown = (pair: ResponsePair, isSwapped: boolean): ShownSample => ({
    promptSet: typeof prompt === "function" ? prompt(pair) : prompt,
    prompt: pair.prompt,
    first: isSwapped ? pair.second : pair.first,
    second: isSwapped ? pair.first : pair.second,
  });
  /** Pair and exchanged pair show the model the same: the response that is less in code units first. */
  const isSwappedFirst = (pair: ResponsePair): boolean => bothOrders && pair.first > pair.second;

  return {
    label: async (pairs, { onAbstain } = {}) => {
      const views = pairs.flatMap((pair) => {
        const swapped = isSwappedFirst(pair);
        return bothOrders ? [shown(pair, swapped), shown(pair, !swapped)] : [shown(pair, false)];
      });
      const rounds: (readonly Judged[])[] = [];
      for (let sample = 0; sample < samples; sample++) {
        rounds.push(await judge(views, random?.fork(`sample ${sample}`)));
      }
      const width = bothOrders ? 2 : 1;
      return pairs.map((pair, i): AiLabel | null => {
        const own = [0, 1].map((order) =>
          rounds.flatMap((round) => (order < width ? round[i * width + order]! : [])),
        );
        const [shownFirst, shownSecond] = isSwappedFirst(pair) ? [own[1]!, own[0]!] : [own[0]!, own[1]!];
        const combined = combine({ shownFirst, shownSecond }, bothOrders);
        if (!combined) {
          onAbstain?.(i, own.flat().find(({ abstention }) => abstention)?.abstention ?? noLabel);
          return null;
        }
        const usage = own.flat().reduce((sum, judged) => addUsage(sum, judged.usage), noUsage);
        const [rationale] = shownFirst.flatMap((judged) => judged.rationale ?? []);
        const { promptSet } = views[i * width]!;
        return {
          probability: probabilityOf(combined.lean, confidenceLimit),
          source: `ai:${model.name}:${promptSet.name}`,
          cost: price(usage),
          orders: bothOrders ? [probabilityOf(combined.leans[0]), probabilityOf(-combined.leans[1])] : null,
          usage,
          ...(rationale === undefined ? {} : { rationale }),
        };
      });
    },
  };
};
