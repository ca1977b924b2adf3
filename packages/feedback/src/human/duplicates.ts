import { InvalidArgumentError } from "@accord-rl/core";
import {
  isPairJudgement,
  isRatingJudgement,
  type Judgement,
  type PairJudgement,
  swapJudgement,
} from "./judgement.ts";

const questionOf = (judgement: Judgement): string =>
  isPairJudgement(judgement) ? "pair" : isRatingJudgement(judgement) ? "rating" : "ranking";

/** One answer per worker and question: the last one counts. @returns those that no longer do, too. */
export const latestJudgements = <J extends Judgement>(
  judgements: readonly J[],
): { readonly judgements: J[]; readonly replaced: J[] } => {
  const keyOf = (judgement: J) => JSON.stringify([judgement.worker, questionOf(judgement), judgement.id]);
  const last = new Map(judgements.map((judgement) => [keyOf(judgement), judgement]));
  const [kept, replaced]: [J[], J[]] = [[], []];
  for (const judgement of judgements) {
    (last.get(keyOf(judgement)) === judgement ? kept : replaced).push(judgement);
  }
  return { judgements: kept, replaced };
};

/** All judgements of one pair, with the responses in one order. */
export interface JudgedPair {
  readonly id: string;
  readonly prompt: string;
  readonly responses: readonly [string, string];
  readonly judgements: readonly PairJudgement[];
}

/**
 * Judgements by pair, in the order in which pairs first appear; duplicates are resolved. A judgement whose responses
 * stand the other way round than the first one's is turned.
 *
 * @throws InvalidArgumentError where one id names different pairs.
 */
export const groupByPair = (judgements: readonly Judgement[]): JudgedPair[] => {
  const groups = new Map<string, PairJudgement[]>();
  for (const judgement of latestJudgements(judgements.filter(isPairJudgement)).judgements) {
    const group = groups.get(judgement.id) ?? [];
    if (group.length === 0) groups.set(judgement.id, group);
    const [first, second] = group[0]?.responses ?? judgement.responses;
    const [ownFirst, ownSecond] = judgement.responses;
    if (ownFirst === first && ownSecond === second) group.push(judgement);
    else if (ownFirst === second && ownSecond === first) group.push(swapJudgement(judgement));
    else {
      throw new InvalidArgumentError({
        argument: "judgements",
        value: judgement.id,
        message: `groupByPair: the id "${judgement.id}" names two different pairs; give each pair its own`,
      });
    }
  }
  return [...groups.values()].map((group) => {
    const { id, prompt, responses } = group[0] as PairJudgement;
    return { id, prompt, responses, judgements: group };
  });
};
