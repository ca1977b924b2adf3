import type { Compile, Completion, Conversation, TextModel } from "@accord-rl/core";
import { createRandom, interpret } from "@accord-rl/core";
import type { ChatTemplate, ModelTokenizer } from "@accord-rl/tokenizers";
import { checkCount, reject } from "../check.ts";
import type { TextPolicy } from "../text/text-policy.ts";
import { batchesOf } from "./batches.ts";
import { createCandidateScorer } from "./candidate-scorer.ts";
import { scoreRows } from "./score-rows.ts";

export interface PolicyTextModelOptions {
  /** Its `stopTokens` end an answer. It stays the caller's. */
  readonly policy: TextPolicy;
  readonly tokenizer: ModelTokenizer;
  readonly template: ChatTemplate;
  /** Names model and settings: what is cached from it is kept under this name. */
  readonly name: string;
  /** Most conversations at a time. Default 8. */
  readonly batchSize?: number;
  /** Makes one call of what scores a batch. Default: `interpret`. */
  readonly compile?: Compile;
}

/** A text model that can score candidates. */
export type ScoringTextModel = TextModel & Required<Pick<TextModel, "scoreCandidates">>;

const where = "createPolicyTextModel";

const checkLengths = (rows: readonly (readonly number[])[], more: number, contextLength: number): void => {
  rows.forEach((row, index) => {
    if (row.length + more <= contextLength) return;
    const message = `conversation ${index} has ${row.length} tokens, ${more} more exceed the model's contextLength of ${contextLength}; shorten it`;
    reject(where, "conversations", row.length, message);
  });
};

/**
 * Our own engine as a model that answers and judges. Conversations are sorted by length into batches, so that little is
 * padding; results are in the order asked for, and don't depend on it but for what is sampled.
 *
 * Scores are those of the policy's distribution (temperature and banned tokens included): of the candidate's tokens,
 * encoded for themselves, without the end of the turn. All candidates of one token share one pass over the prompt.
 *
 * @throws InvalidArgumentError when the policy has none of the tokenizer's stop tokens; in use, before any work, when a
 *   conversation is too long or a candidate is empty.
 */
export const createPolicyTextModel = ({
  policy,
  tokenizer,
  template,
  name,
  batchSize = 8,
  compile = interpret,
}: PolicyTextModelOptions): ScoringTextModel => {
  checkCount(where, "batchSize", batchSize);
  if (!policy.stopTokens.some((token) => tokenizer.stopTokens.includes(token))) {
    const message = `none of the policy's stop tokens [${policy.stopTokens}] ends a turn; create it with stopTokens: tokenizer.stopTokens`;
    reject(where, "policy", policy.stopTokens, message);
  }
  const { contextLength } = policy.model;
  const stops = new Set(policy.stopTokens);
  const scoreBatch = createCandidateScorer(policy, compile);

  const encodeAll = (conversations: readonly Conversation[]) =>
    conversations.map((conversation) => template.encode(conversation));

  const completionOf = (prompt: readonly number[], response: Int32Array, finished: boolean): Completion => {
    const text = stops.has(response.at(-1) ?? -1) ? response.subarray(0, -1) : response;
    return {
      text: tokenizer.decode(text),
      finished,
      inputTokens: prompt.length,
      outputTokens: response.length,
    };
  };

  const complete: TextModel["complete"] = async (conversations, { maxNewTokens, random }) => {
    checkCount(where, "maxNewTokens", maxNewTokens);
    const prompts = encodeAll(conversations);
    checkLengths(prompts, maxNewTokens, contextLength);
    const shortestFirst = prompts.map((_, i) => i).sort((a, b) => prompts[a]!.length - prompts[b]!.length);
    const completions = new Array<Completion>(prompts.length);
    for (const indices of batchesOf(shortestFirst, batchSize)) {
      const { responses, finished } = await policy.generate(
        indices.map((i) => prompts[i]!),
        { maxNewTokens, random: random ?? createRandom(0), greedy: random === undefined },
      );
      indices.forEach((i, row) => {
        completions[i] = completionOf(prompts[i]!, responses[row]!, finished[row]!);
      });
    }
    return completions;
  };

  const scoreCandidates: ScoringTextModel["scoreCandidates"] = async (
    conversations,
    candidates,
    { onUsage } = {},
  ) => {
    const choices = candidates.map((candidate) => tokenizer.encode(candidate));
    const empty = choices.findIndex((tokens) => tokens.length === 0);
    if (empty >= 0) {
      reject(where, "candidates", candidates[empty], `candidate ${empty} is empty, expected some text`);
    }
    const prompts = encodeAll(conversations);
    checkLengths(prompts, Math.max(0, ...choices.map(({ length }) => length - 1)), contextLength);
    const scores = prompts.map(() => new Array<number>(candidates.length).fill(0));
    const read = prompts.map(() => 0);
    for (const rows of batchesOf(scoreRows(prompts, choices), batchSize)) {
      const results = await scoreBatch(rows);
      rows.forEach(({ tokens, places }, index) => {
        places.forEach(({ prompt, candidate }, place) => {
          scores[prompt]![candidate] = results[index]![place]!;
        });
        const { prompt } = places[0]!;
        read[prompt] = read[prompt]! + tokens.length;
      });
    }
    read.forEach((inputTokens, index) => {
      onUsage?.(index, { inputTokens, outputTokens: 0 });
    });
    return scores;
  };

  return { name, complete, scoreCandidates };
};
