import { fetchAsset } from "@accord-rl/assets";
import type { Conversation } from "@accord-rl/core";
import {
  alpacaEval,
  type HallucinationPair,
  haluEval,
  loadArena,
  readRecords,
  toPreferences,
} from "@accord-rl/data";
import {
  dialoguePrompts,
  harmlessnessPrompts,
  helpfulnessPrompts,
  type PromptSet,
  type ResponsePair,
  summarizationPrompts,
} from "@accord-rl/feedback";
import { readHhhTask } from "./hhh.ts";
import { firstWords, type KnownPair } from "./known-pair.ts";

export interface SetSources {
  readonly log: (line: string) => void;
  /** Documents are cut after so many words. */
  readonly documentWords: number;
}

/** Pairs with known answers, and the words in which a labeler is asked about them. */
export interface KnownSet {
  readonly title: string;
  /** Who knows. */
  readonly truth: string;
  readonly promptFor: (pair: ResponsePair & { readonly kind?: string }) => PromptSet;
  /** Pairs of any length: the longest are left out. */
  readonly isFree: boolean;
  readonly load: (sources: SetSources) => Promise<KnownPair[]>;
}

const speakers: Readonly<Record<string, string>> = { user: "A", assistant: "B", system: "A" };
const spoken = (conversation: Conversation): string =>
  conversation.map(({ role, content }) => `${speakers[role]}: ${content}`).join("\n");

const hallucinations =
  (
    file: "qa" | "dialogue" | "summarization",
    promptOf: (pair: HallucinationPair, sources: SetSources) => string,
  ): KnownSet["load"] =>
  async (sources) => {
    const { files } = await fetchAsset("halueval", { log: sources.log });
    const pairs = await readRecords(files[`${file}.jsonl`], haluEval[file]);
    return pairs.map((pair) => ({
      prompt: promptOf(pair, sources),
      better: pair.right,
      worse: pair.hallucinated,
    }));
  };

const preferences = (pairs: ReturnType<typeof toPreferences>): KnownPair[] =>
  pairs.map(({ prompt, chosen, rejected }) => ({ prompt, better: chosen, worse: rejected }));

const byChatGpt = "the worse one was written to be wrong, by ChatGPT";

/** The short ones first. */
export const knownSets = {
  qa: {
    title: "HaluEval, questions",
    truth: byChatGpt,
    isFree: false,
    promptFor: () => helpfulnessPrompts,
    load: hallucinations(
      "qa",
      ({ knowledge, conversation }) => `${knowledge}\n\nQuestion: ${conversation[0]!.content}`,
    ),
  },
  dialogue: {
    title: "HaluEval, dialogue",
    truth: byChatGpt,
    isFree: false,
    promptFor: () => dialoguePrompts,
    load: hallucinations("dialogue", ({ knowledge, conversation }) =>
      [knowledge && `Known facts: ${knowledge}`, spoken(conversation)].filter(Boolean).join("\n\n"),
    ),
  },
  hhh: {
    title: "HHH alignment",
    truth: "people wrote and chose them",
    isFree: false,
    promptFor: ({ kind }) => (kind === "harmless" ? harmlessnessPrompts : helpfulnessPrompts),
    load: async ({ log }) => {
      const { files } = await fetchAsset("hhh-alignment", { log });
      const kinds = ["helpful", "honest", "harmless", "other"] as const;
      const all = await Promise.all(
        kinds.map(async (kind) =>
          (await readHhhTask(files[`${kind}.json`])).map((pair) => ({ ...pair, kind })),
        ),
      );
      return all.flat();
    },
  },
  alpaca: {
    title: "AlpacaEval",
    truth: "GPT-4 preferred it",
    isFree: true,
    promptFor: () => helpfulnessPrompts,
    load: async ({ log }) => {
      const { files } = await fetchAsset("alpaca-eval", { log });
      return preferences(toPreferences(await readRecords(files["gpt4.json"], alpacaEval)));
    },
  },
  arena: {
    title: "LLM Comparator's arena",
    truth: "most of six votes of a language model",
    isFree: true,
    promptFor: () => helpfulnessPrompts,
    load: async ({ log }) => {
      const { files } = await fetchAsset("llm-comparator-arena", { log });
      return preferences(toPreferences(await loadArena(files["example_arena.json"])));
    },
  },
  summarization: {
    title: "HaluEval, summaries",
    truth: byChatGpt,
    isFree: false,
    promptFor: () => summarizationPrompts,
    load: hallucinations("summarization", ({ knowledge }, { documentWords }) =>
      firstWords(knowledge, documentWords),
    ),
  },
} as const satisfies Record<string, KnownSet>;

export type SetName = keyof typeof knownSets;
export const setNames = Object.keys(knownSets) as [SetName, ...SetName[]];
