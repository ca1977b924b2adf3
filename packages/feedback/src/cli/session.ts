import type { Random } from "@accord-rl/core";
import type { PairChoice, PairJudgement } from "../human/judgement.ts";
import type { ResponsePair } from "../pair.ts";
import type { LabelFile } from "./label-file.ts";

/** A pair as it is shown. */
export interface Question {
  readonly pair: ResponsePair;
  readonly isSwapped: boolean;
  /** The responses in the order in which they are shown. */
  readonly shown: readonly [string, string];
}

/** What a person can say to a question. `upper` and `lower`: of the two as shown. */
export type Answer = "upper" | "lower" | "tie" | "skip" | "undo";

export interface SessionOptions {
  readonly pairs: readonly ResponsePair[];
  readonly file: LabelFile;
  readonly worker: string;
  /** Decides which response is shown first, by worker and pair: the same again after a break. */
  readonly random: Random;
  /** Milliseconds; for how long an answer took. */
  readonly now: () => number;
}

/** One person going through pairs. */
export interface Session {
  /** What is asked now; undefined where nothing is left. */
  readonly question: Question | undefined;
  readonly labeled: number;
  readonly skipped: number;
  readonly total: number;
  /** @returns what the person should know, where an answer did nothing. */
  answer(answer: Answer): string | undefined;
}

const choiceOf = (answer: "upper" | "lower" | "tie", isSwapped: boolean): PairChoice =>
  answer === "tie" ? "tie" : (answer === "upper") === isSwapped ? "second" : "first";

/** Pairs that the worker has judged already are not asked again; those that are skipped come again next time. */
export const createSession = ({ pairs, file, worker, random, now }: SessionOptions): Session => {
  const byId = new Map(pairs.map((pair) => [pair.id, pair]));
  const own = file.judgements.filter((judgement) => judgement.worker === worker && "choice" in judgement);
  const labeled = new Set(own.map(({ id }) => id).filter((id) => byId.has(id)));
  const waiting = pairs.filter(({ id }) => !labeled.has(id));
  const past: { readonly pair: ResponsePair; readonly isSkip: boolean }[] = [];
  let asked = now();

  const ask = (pair: ResponsePair): Question => {
    const isSwapped = random.fork(JSON.stringify([worker, pair.id])).uniform() < 0.5;
    return { pair, isSwapped, shown: isSwapped ? [pair.second, pair.first] : [pair.first, pair.second] };
  };
  const judge = ({ pair, isSwapped }: Question, answer: "upper" | "lower" | "tie"): PairJudgement => ({
    id: pair.id,
    prompt: pair.prompt,
    responses: [pair.first, pair.second],
    choice: choiceOf(answer, isSwapped),
    worker,
    isSwapped,
    seconds: Math.round((now() - asked) / 100) / 10,
    time: new Date().toISOString(),
  });
  /** The step before, of this session or of one before it. */
  const undo = (): string | undefined => {
    const step = past.pop();
    if (step?.isSkip) {
      waiting.unshift(step.pair);
      return undefined;
    }
    const undone = file.undo();
    if (undone === undefined) return "There is nothing to undo.";
    const pair = byId.get(undone.id);
    if (pair === undefined)
      return `The label of ${undone.id}, which is not among these pairs, was taken back.`;
    labeled.delete(pair.id);
    waiting.unshift(pair);
    return undefined;
  };

  return {
    get question() {
      return waiting[0] && ask(waiting[0]);
    },
    get labeled() {
      return labeled.size;
    },
    get skipped() {
      return past.filter(({ isSkip }) => isSkip).length;
    },
    total: pairs.length,
    answer: (answer) => {
      const pair = waiting[0];
      let message: string | undefined;
      if (answer === "undo") message = undo();
      else if (pair === undefined) message = "Nothing is left to answer.";
      else {
        if (answer !== "skip") {
          file.append(judge(ask(pair), answer));
          labeled.add(pair.id);
        }
        waiting.shift();
        past.push({ pair, isSkip: answer === "skip" });
      }
      asked = now();
      return message;
    },
  };
};
