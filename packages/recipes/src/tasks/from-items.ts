import {
  type Conversation,
  InvalidArgumentError,
  type PreferencePair,
  type RatedText,
  type TextExample,
  type TextSample,
  type TokenSequence,
} from "@accord-rl/core";
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
import { plainChat } from "./plain-chat.ts";
import type { LoadTask, TaskSources, TaskWords } from "./task.ts";
import { checkLengths, type FullTaskSettings, fillTaskSettings } from "./task-settings.ts";

/** A prompt with a chosen answer, which metrics compare with, and a rejected one. */
export interface TaskItem {
  readonly prompt: Conversation;
  readonly chosen: string;
  readonly rejected: string;
}

/** What items are read with. */
export type ItemSources = Pick<TaskSources, "random" | "log"> & Pick<FullTaskSettings, "promptTokens">;

/** A task whose texts are conversations: tokens come from the model's template. */
export interface ItemTask {
  readonly words: Omit<TaskWords, "data">;
  /** The assets that `load` reads. */
  readonly data: string;
  readonly load: (sources: ItemSources) => Promise<TaskItem[]>;
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
    chosen: textOf(chosen),
    rejected: textOf(rejected),
  }));

/** A prompt that fits, with what can be made of it: each is made only where it is asked for. */
interface Fitted {
  readonly tokens: number[];
  readonly example: () => TextExample[];
  readonly pair: () => PreferencePair[];
}

/** Prompts that fit, and sequences whose answers are cut to the length that the policy may write. */
const createFit = (
  { promptTokens, responseTokens }: FullTaskSettings,
  { render: template, tokenizer }: TaskSources,
  shorten: Shorten,
) => {
  const render = template ?? plainChat(tokenizer);
  const limits = { maxLength: Number.POSITIVE_INFINITY };
  const answer = (content: string) => [{ role: "assistant" as const, content }];
  return ({ prompt: whole, chosen, rejected }: TaskItem): Fitted | null => {
    for (let prompt: Conversation | null = whole; prompt !== null; prompt = shorten(prompt)) {
      const tokens = [...render(prompt, { addGenerationPrompt: true })];
      if (tokens.length > promptTokens) continue;
      const cut = <T>(items: ArrayLike<T>) => Array.from(items).slice(0, tokens.length + responseTokens);
      const texts = {
        prompt,
        completion: answer(chosen),
        chosen: answer(chosen),
        rejected: answer(rejected),
      };
      return {
        tokens,
        example: () =>
          toChatExamples([texts], render, limits).map((example) => ({
            ...example,
            tokens: cut(example.tokens),
            mask: cut(example.mask!),
          })),
        pair: () =>
          toChatPreferencePairs([texts], render, limits).map((pair) => ({
            ...pair,
            preferred: cut(pair.preferred),
            rejected: cut(pair.rejected),
          })),
      };
    }
    return null;
  };
};

/** Makes a task of items: dealt out by the seed, each of them for one purpose only. */
export const fromItems =
  (task: ItemTask): LoadTask =>
  async (given, sources) => {
    const settings = fillTaskSettings(given);
    const { data = task.data, promptTokens, responseTokens } = settings;
    checkLengths(sources.model.config.contextLength, { promptTokens, responseTokens });
    const fail = (argument: string, value: unknown, message: string): never => {
      throw new InvalidArgumentError({ argument, value, message });
    };
    const { promptSource } = settings;
    if (promptSource !== "reviews")
      fail("promptSource", promptSource, `promptSource ${promptSource} is for the sentiment task`);
    const items = await (settings.data === undefined
      ? task.load({ ...sources, promptTokens })
      : readItems(settings.data));
    const unique = uniqueBy(items, ({ prompt }) => JSON.stringify(prompt));
    const split = splitSeeded(unique, parts, sources.random.fork("split"));
    const fit = createFit(settings, sources, task.shorten ?? dropOldestTurn);
    const take = <T>(
      part: keyof typeof parts,
      count: number,
      make: (fitted: Fitted, item: TaskItem) => T[],
    ) => {
      const found: T[] = [];
      for (const item of split[part]) {
        if (found.length >= count) break;
        const fitted = fit(item);
        if (fitted) found.push(...make(fitted, item));
      }
      const advice = `of ${split[part].length} items of ${data}, none fits into ${promptTokens} promptTokens`;
      return found.length > 0
        ? found
        : fail("promptTokens", promptTokens, `${advice}; give more of them, or items`);
    };
    const known = new Map<string, TaskItem>();
    const asPrompt = ({ tokens }: Fitted, item: TaskItem): number[][] => {
      if (known.has(keyOf(tokens))) return []; // two long ones may begin alike
      known.set(keyOf(tokens), item);
      return [tokens];
    };
    const pairs = take("rewardModel", settings.pairs, ({ pair }) => pair());
    const judged = (judge: ItemTask["gold"]) => (sample: TextSample) =>
      judge(sample.response.trim(), known.get(keyOf(sample.promptTokens))!);
    return {
      words: { ...task.words, data },
      promptTokens,
      responseTokens,
      stops: true,
      heldOutPrompts: take("heldOutPrompts", settings.heldOutPrompts, asPrompt),
      prompts: take("prompts", settings.prompts, asPrompt),
      sftExamples: take("sft", settings.sftExamples, ({ example }) => example()),
      sftHeldOut: take("heldOutPairs", 64, ({ example }) => example()),
      pairs,
      ratings: pairs.flatMap(({ preferred, rejected }): RatedText[] => [
        { tokens: preferred, rating: 1 },
        { tokens: rejected, rating: -1 },
      ]),
      heldOutPairs: take("heldOutPairs", settings.heldOutPairs, ({ pair }) => pair()),
      gold: judged(task.gold),
      secondJudge: (samples) => samples.map(judged(task.secondJudge)),
    };
  };
