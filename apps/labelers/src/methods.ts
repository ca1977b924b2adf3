import type { Judgement, Question } from "./judge-set.ts";

/** P(first is better) by one way of reading; null where nothing could be read, ½ where nothing is chosen. */
export type Reading = (judgement: Judgement) => number | null;

export interface Method {
  readonly title: string;
  /** For charts. */
  readonly short: string;
  /** What the labeler was asked; baselines ask nothing, and take the pairs of the choice. */
  readonly question: Question;
  readonly read: Reading;
  readonly isBaseline?: boolean;
}

const hard = (lean: number): number => 0.5 + Math.sign(lean) / 2;
const given: Reading = ({ label }) => label?.probability ?? null;
/** Of the order in which the pair is drawn, by a coin. */
const oneOrder: Reading = ({ label }) => label?.orders?.[0] ?? null;
const longer: Reading = ({ lengths: [first, second] }) => hard(first - second);

const letter: Reading = (judgement) => {
  const probability = oneOrder(judgement);
  return probability === null ? null : hard(probability - 0.5);
};

/** The ways in which a preference is had. */
export const methods = {
  letter: { title: "greedy letter, one order", short: "greedy letter", question: "choice", read: letter },
  logProbs: { title: "log-probs, one order", short: "one order", question: "choice", read: oneOrder },
  averaged: {
    title: "log-probs, both orders averaged",
    short: "both orders",
    question: "choice",
    read: given,
  },
  begunLetter: {
    title: "answer begun: greedy letter, one order",
    short: "begun: letter",
    question: "begun",
    read: letter,
  },
  begunAveraged: {
    title: "answer begun: both orders averaged",
    short: "begun: both orders",
    question: "begun",
    read: given,
  },
  score: { title: "direct score, 1 to 10", short: "direct score", question: "score", read: given },
  written: {
    title: "letter as it is written, one order",
    short: "written letter",
    question: "written",
    read: given,
  },
  thinking: {
    title: "chain of thought, both orders averaged",
    short: "chain of thought",
    question: "thinking",
    read: given,
  },
  longer: {
    title: "baseline: the longer one",
    short: "the longer one",
    question: "choice",
    read: longer,
    isBaseline: true,
  },
  shorter: {
    title: "baseline: the shorter one",
    short: "the shorter one",
    question: "choice",
    read: (judgement) => 1 - longer(judgement)!,
    isBaseline: true,
  },
  first: {
    title: "baseline: always the first",
    short: "always the first",
    question: "choice",
    read: () => 1,
    isBaseline: true,
  },
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;
export const methodNames = Object.keys(methods) as MethodName[];

/** 1 right, 0 wrong; ½ where nothing was read or chosen, as a coin would have it. */
export const creditOf = ({ truth }: Judgement, probability: number | null): number =>
  probability === null || probability === 0.5 ? 0.5 : Number(probability > 0.5 === (truth === "first"));

/** (P − truth)², 0 to 1; a coin has ¼. */
export const squaredError = ({ truth }: Judgement, probability: number | null): number =>
  ((probability ?? 0.5) - Number(truth === "first")) ** 2;
