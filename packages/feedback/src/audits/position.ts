import { choiceProbability, isPairJudgement, type Judgement } from "../human/judgement.ts";
import { type AuditFinding, type AuditOptions, findBias, meanOf } from "./finding.ts";

/** P(first is better) while it was shown first, and while it was shown second. */
export type OrderedLabel = readonly [number, number];

const measure = "P(the response shown first is preferred) − ½";

/** Which of two responses is preferred; 0 = neither. */
const side = (probability: number): number => Math.sign(probability - 0.5);

/**
 * Position bias of a labeler that judged pairs in both orders: mean of (p_first shown first − p_first shown second)/2,
 * which is 0 where exchanging the responses exchanges the answer. `details.consistency`: the share of pairs whose two
 * orders prefer the same response.
 */
export const positionBias = (labels: readonly OrderedLabel[], options: AuditOptions): AuditFinding =>
  findBias(
    labels,
    (picked) => meanOf(picked, ([shownFirst, shownSecond]) => (shownFirst - shownSecond) / 2),
    {
      audit: "position",
      measure,
      advice:
        "judge both orders and average them (averageOrders): exchanging the responses then flips the label exactly",
      details: {
        consistency: meanOf(labels, ([one, other]) => (side(one) !== 0 && side(one) === side(other) ? 1 : 0)),
      },
    },
    options,
  );

/**
 * Position bias of people, each of whom saw each pair in one order, drawn at random: how often the response shown first
 * is chosen. Judgements that don't say in which order they were made take no part.
 */
export const shownPositionBias = (judgements: readonly Judgement[], options: AuditOptions): AuditFinding => {
  const shown = judgements.filter(isPairJudgement).flatMap(({ choice, isSwapped }) => {
    const probability = choiceProbability(choice);
    return isSwapped === undefined ? [] : [isSwapped ? 1 - probability : probability];
  });
  return findBias(
    shown,
    (picked) => meanOf(picked, (probability) => probability - 0.5),
    { audit: "position", measure, advice: "ask each pair in both orders, of different people", details: {} },
    options,
  );
};
