import type { Labeler, Random, RewardSource, TextModel } from "@accord-rl/core";
import {
  type Constitution,
  createConstitutionLabeler,
  createVerdictReward,
  labelByScores,
  type Principle,
  type ResponsePair,
  type SingleResponse,
  type VerdictPrompt,
} from "@accord-rl/feedback";

/** What a principle asks of one response alone. */
export const principleVerdict = ({ name, comparison }: Principle): VerdictPrompt => ({
  name,
  question: `Request: {prompt}\n\nResponse: {response}\n\nBy the question "${comparison}", is this response good or bad?`,
  verdicts: [" good", " bad"],
  answer: "By that question, the response is",
});

/** The parts that labelers of both kinds need. */
interface LabelerParts {
  readonly model: TextModel;
  readonly constitution: Constitution;
  readonly random: Random;
  /** Least probability of both labels together. Default: the labeler's own. */
  readonly minimumProbability?: number;
}

/**
 * Verdicts by a drawn principle: the same one for all responses to a request, so that they can be compared. Small models
 * that say "1" to every pair can often judge one response.
 */
export const createPrincipleReward = ({
  model,
  constitution: { principles },
  random,
  ...options
}: LabelerParts): RewardSource<SingleResponse> => {
  const rewards = principles.map((principle) =>
    createVerdictReward({ model, prompt: principleVerdict(principle), ...options }),
  );
  return async (responses, { onAbstain } = {}) => {
    const drawn = responses.map(({ prompt }) => random.fork(prompt).integer(principles.length));
    const scores: (number | null)[] = responses.map(() => null);
    for (const [index, reward] of rewards.entries()) {
      const own = responses.flatMap((response, i) => (drawn[i] === index ? [{ response, i }] : []));
      if (own.length === 0) continue;
      const given = await reward(
        own.map(({ response }) => response),
        { onAbstain: (k, abstention) => onAbstain?.(own[k]!.i, abstention) },
      );
      const numbers = "scores" in given ? given.scores : given;
      own.forEach(({ i }, k) => {
        scores[i] = numbers[k] as number | null;
      });
    }
    return scores;
  };
};

/** How a constitution labels a pair. */
export const labelers: Readonly<
  Record<"verdict" | "pairwise", (parts: LabelerParts) => Labeler<ResponsePair>>
> = {
  verdict: (parts) =>
    labelByScores({ source: createPrincipleReward(parts), name: `${parts.constitution.name}:verdict` }),
  pairwise: (parts) => createConstitutionLabeler(parts),
};
