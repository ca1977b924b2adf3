import type { Conversation, RatedText, TextSample, TokenSequence } from "@accord-rl/core";
import { InvalidArgumentError } from "@accord-rl/core";
import {
  dropOldestTurn,
  readRecords,
  type Shorten,
  splitSeeded,
  toChatExamples,
  toChatPreferencePairs,
  trl,
  uniqueBy,
} from "@accord-rl/data";
import type { Options } from "../options.ts";
import { plainChat } from "../plain-chat.ts";
import { type LoadTask, promptCount, sftCount, type TaskSources, type TaskWords } from "./task.ts";

/** A prompt with a good answer, which metrics compare with, and a bad one. */
export interface TaskItem {
  readonly prompt: Conversation;
  readonly good: string;
  readonly bad: string;
}

/** A task whose texts are conversations: tokens come from the model's template. */
export interface ItemTask {
  readonly words: Omit<TaskWords, "data">;
  /** The assets that `load` reads. */
  readonly data: string;
  readonly load: (sources: Pick<TaskSources, "random" | "log">) => Promise<TaskItem[]>;
  /** What is done with prompts that are too long; default `dropOldestTurn`. */
  readonly shorten?: Shorten;
  readonly gold: (response: string, item: TaskItem) => number;
  readonly secondJudge: (response: string, item: TaskItem) => number;
}

const parts = { sft: 0.3, rewardModel: 0.35, heldOutPairs: 0.08, prompts: 0.13, heldOutPrompts: 0.14 };

const keyOf = (tokens: TokenSequence): string => Array.from(tokens).join(" ");
const textOf = (content: string | Conversation): string =>
  typeof content === "string" ? content : content.map((turn) => turn.content).join("\n");

/** A file of the user's: preferences in TRL's format, plain or conversational. */
const readItems = async (path: string): Promise<TaskItem[]> =>
  (await readRecords(path, trl.preference)).map(({ prompt, chosen, rejected }) => ({
    prompt: typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt,
    good: textOf(chosen),
    bad: textOf(rejected),
  }));

/** Prompts that fit, and sequences whose answers are cut to the length that the policy may write. */
const createTokenize = (
  { promptTokens, responseTokens }: Options,
  sources: TaskSources,
  shorten: Shorten,
) => {
  const render = sources.render ?? plainChat(sources.tokenizer);
  return (item: TaskItem) => {
    let prompt: Conversation | null = item.prompt;
    let tokens = render(prompt, { addGenerationPrompt: true });
    while (tokens.length > promptTokens) {
      prompt = shorten(prompt);
      if (prompt === null) return [];
      tokens = render(prompt, { addGenerationPrompt: true });
    }
    const limits = { maxLength: Number.POSITIVE_INFINITY };
    const [good, bad] = [item.good, item.bad].map((content) => [{ role: "assistant" as const, content }]);
    const [example] = toChatExamples([{ prompt, completion: good! }], render, limits);
    const [pair] = toChatPreferencePairs([{ prompt, chosen: good!, rejected: bad! }], render, limits);
    if (!example || !pair) return [];
    const cut = <T>(sequence: ArrayLike<T>) => Array.from(sequence).slice(0, tokens.length + responseTokens);
    return [
      {
        item,
        tokens: [...tokens],
        example: { ...example, tokens: cut(example.tokens), mask: cut(example.mask!) },
        pair: { ...pair, preferred: cut(pair.preferred), rejected: cut(pair.rejected) },
      },
    ];
  };
};

/** Makes a task of items: dealt out by the seed, each of them for one purpose only. */
export const fromItems =
  (task: ItemTask): LoadTask =>
  async (options, sources) => {
    const { data = task.data, promptTokens } = options;
    const fail = (argument: string, value: unknown, message: string): never => {
      throw new InvalidArgumentError({ argument, value, message });
    };
    if (options.promptSource !== "reviews") {
      fail(
        "promptSource",
        options.promptSource,
        `--prompt-source ${options.promptSource} is for --task sentiment`,
      );
    }
    const items = await (options.data === undefined ? task.load(sources) : readItems(options.data));
    const unique = uniqueBy(items, ({ prompt }) => JSON.stringify(prompt));
    const split = splitSeeded(unique, parts, sources.random.fork("split"));
    const tokenize = createTokenize(options, sources, task.shorten ?? dropOldestTurn);
    const known = new Map<string, TaskItem>();
    const take = (part: keyof typeof parts, count: number, isPrompt = false) => {
      const found: ReturnType<typeof tokenize> = [];
      for (const item of split[part]) {
        if (found.length >= count) break;
        // Two long prompts may begin alike.
        const fitting = tokenize(item).filter(({ tokens }) => !isPrompt || !known.has(keyOf(tokens)));
        if (isPrompt) for (const { tokens } of fitting) known.set(keyOf(tokens), item);
        found.push(...fitting);
      }
      const advice = `of ${split[part].length} items of ${data}, none fits into --prompt-tokens ${promptTokens}`;
      return found.length > 0
        ? found
        : fail("promptTokens", promptTokens, `${advice}; give more of them, or items`);
    };
    const pairs = take("rewardModel", options.rewardPairs).map(({ pair }) => pair);
    const heldOut = take("heldOutPairs", options.heldOutPairs);
    const judged = (judge: ItemTask["gold"]) => (sample: TextSample) =>
      judge(sample.response.trim(), known.get(keyOf(sample.promptTokens))!);
    return {
      words: { ...task.words, data },
      stops: true,
      heldOutPrompts: take("heldOutPrompts", options.evaluationPrompts, true).map(({ tokens }) => tokens),
      prompts: take("prompts", promptCount(options), true).map(({ tokens }) => tokens),
      sftExamples: take("sft", sftCount(options)).map(({ example }) => example),
      sftHeldOut: heldOut.slice(0, 64).map(({ example }) => example),
      pairs,
      ratings: pairs.flatMap(({ preferred, rejected }): RatedText[] => [
        { tokens: preferred, rating: 1 },
        { tokens: rejected, rating: -1 },
      ]),
      heldOutPairs: heldOut.map(({ pair }) => pair),
      gold: judged(task.gold),
      secondJudge: (samples) => samples.map(judged(task.secondJudge)),
    };
  };
