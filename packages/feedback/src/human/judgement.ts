/** What every judgement of a person says, whatever was asked. */
export interface JudgementContext {
  /** Names what was judged: the same id, the same prompt and responses. */
  readonly id: string;
  readonly prompt: string;
  /** Who judged. */
  readonly worker: string;
  /** How long it took. */
  readonly seconds?: number | undefined;
  /** When, as ISO 8601. */
  readonly time?: string | undefined;
  /** How sure the worker was, on the scale of the task. */
  readonly confidence?: number | undefined;
}

/** Which of two responses is better. */
export type PairChoice = "first" | "second" | "tie";

/** Two responses compared. */
export interface PairJudgement extends JudgementContext {
  readonly responses: readonly [string, string];
  /** Of `responses` as they stand here, whatever the order in which they were shown. */
  readonly choice: PairChoice;
  /** They were shown in the other order: what an audit of position bias needs. */
  readonly isSwapped?: boolean | undefined;
}

/** One response with a score. */
export interface RatingJudgement extends JudgementContext {
  readonly responses: readonly [string];
  readonly rating: number;
}

/** Several responses put in order. */
export interface RankingJudgement extends JudgementContext {
  /** Two or more. */
  readonly responses: readonly string[];
  /** The rank of each response: 1 is best, equal ranks are ties. */
  readonly ranks: readonly number[];
}

/** One person's answer to one question. Which of the three it is, its field says: `choice`, `rating` or `ranks`. */
export type Judgement = PairJudgement | RatingJudgement | RankingJudgement;

export const isPairJudgement = (judgement: Judgement): judgement is PairJudgement => "choice" in judgement;
export const isRatingJudgement = (judgement: Judgement): judgement is RatingJudgement =>
  "rating" in judgement;
export const isRankingJudgement = (judgement: Judgement): judgement is RankingJudgement =>
  "ranks" in judgement;

const opposite: Readonly<Record<PairChoice, PairChoice>> = { first: "second", second: "first", tie: "tie" };

/** The same judgement, with the responses in the other order. */
export const swapJudgement = (judgement: PairJudgement): PairJudgement => ({
  ...judgement,
  responses: [judgement.responses[1], judgement.responses[0]],
  choice: opposite[judgement.choice],
  ...(judgement.isSwapped !== undefined && { isSwapped: !judgement.isSwapped }),
});

/** The share of the vote that the first response gets: 1, ½ for a tie, or 0. */
export const choiceProbability = (choice: PairChoice): number =>
  choice === "first" ? 1 : choice === "tie" ? 0.5 : 0;
