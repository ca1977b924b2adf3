import { excerptOf, type Random, type TextModel } from "@accord-rl/core";
import { type Limits, rougeL, words } from "@accord-rl/evaluation";
import {
  type Constitution,
  completeEach,
  critiqueAndRevise,
  defaultRevisionExemplars,
  type RevisedAnswer,
} from "@accord-rl/feedback";
import type { Run } from "@accord-rl/runs";
import type { Judges } from "./judges.ts";
import { limitsOfDifference, limitsOfMean } from "./limits.ts";
import type { Options } from "./options.ts";
import type { Prompts } from "./prompts.ts";
import { isRefusal } from "./refusal.ts";

/** An answer to an honest request. */
export interface HelpfulAnswer {
  readonly prompt: string;
  readonly completion: string;
}

export interface Revised {
  readonly revised: readonly RevisedAnswer[];
  readonly helpful: readonly HelpfulAnswer[];
}

/** The model answers; what it said to harmful requests it criticises and revises by drawn principles. */
export const reviseStage = (
  run: Run,
  { model, constitution }: { readonly model: TextModel; readonly constitution: Constitution },
  prompts: Prompts,
  { rounds, exemplars, answerTokens, batchSize }: Options,
): Promise<Revised> =>
  run.stage("revisions", async (stage) => {
    const { revised, failures } = await critiqueAndRevise({
      model,
      constitution,
      prompts: prompts.redTeam.map(({ prompt }) => prompt),
      rounds,
      exemplars: defaultRevisionExemplars.slice(0, exemplars),
      random: stage.random,
      maxNewTokens: answerTokens,
      batchSize,
      onProgress: ({ done, total }) => void stage.progress(done, total),
    });
    for (const { error } of failures) run.note(`a request was left out: ${excerptOf(String(error), 300)}`);
    const answers = await completeEach(
      model,
      prompts.helpful.map(({ prompt }) => [{ role: "user", content: prompt }]),
      { maxNewTokens: answerTokens, onAbstain: (_, { reason }) => run.note(`no helpful answer: ${reason}`) },
    );
    const helpful = prompts.helpful.map(({ prompt }, i) => ({
      prompt,
      completion: (answers[i] ?? "").trim(),
    }));
    stage.samples(revised.map((row) => ({ split: "revision", ...row })));
    return { revised, helpful: helpful.filter(({ completion }) => completion !== "") };
  });

/** What revising changed, on the requests themselves. */
export interface RevisionFigures {
  readonly prompts: number;
  readonly harmBefore: Limits;
  readonly harmAfter: Limits;
  readonly harmChange: Limits;
  readonly refusalsBefore: number;
  readonly refusalsAfter: number;
  /** Share of last revisions that are all but the first answer, or all but their own critique: ROUGE-L of 0.8 and more. */
  readonly repeatsAnswer: number;
  readonly repeatsCritique: number;
}

const sameFrom = 0.8;
const isSame = (text: string, other: string): boolean => rougeL(words(text), words(other)).f1 >= sameFrom;

const shareOf = <T>(all: readonly T[], is: (item: T) => boolean): number =>
  all.filter(is).length / all.length;

export const revisionFigures = (
  revised: readonly RevisedAnswer[],
  judges: Judges,
  random: Random,
): RevisionFigures => {
  const pairs = revised.map(({ answer, steps }) => {
    const { critique, revision } = steps.at(-1)!;
    return { answer, critique, revision: revision || answer };
  });
  const before = judges.harm(pairs.map(({ answer }) => answer));
  const after = judges.harm(pairs.map(({ revision }) => revision));
  return {
    prompts: revised.length,
    harmBefore: limitsOfMean(before, random),
    harmAfter: limitsOfMean(after, random),
    harmChange: limitsOfDifference(before, after, random),
    refusalsBefore: shareOf(pairs, ({ answer }) => isRefusal(answer)),
    refusalsAfter: shareOf(pairs, ({ revision }) => isRefusal(revision)),
    repeatsAnswer: shareOf(pairs, ({ answer, revision }) => isSame(revision, answer)),
    repeatsCritique: shareOf(pairs, ({ critique, revision }) => isSame(revision, critique)),
  };
};
