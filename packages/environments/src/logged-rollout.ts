import type { GroupedRollout, Score, TextObservations, TokenSequence } from "@accord-rl/core";
import { tokenRewards } from "./scores.ts";
import { type TextRolloutInputs, textRollout } from "./text-rollout.ts";

/** A response that somebody wrote, and what it was worth. */
export interface LoggedResponse {
  readonly prompt: TokenSequence;
  readonly response: TokenSequence;
  /** Of the whole response, at its last token; or one number per token. */
  readonly reward: Exclude<Score, null>;
}

/**
 * Logged responses as a rollout: what methods learn from that need no samples of their own, such as ILQL.
 *
 * It has no `behaviourLogProbs`, since nobody knows who wrote them; methods that need these refuse it.
 *
 * @returns a rollout that the caller owns; `disposeRollout` frees it.
 * @throws InvalidArgumentError for an empty prompt or response, or a count of rewards that is not that of the tokens.
 */
export const loggedRollout = (
  logged: readonly LoggedResponse[],
  lengths: Pick<TextRolloutInputs, "promptLength" | "responseLength"> = {},
): GroupedRollout<TextObservations> => {
  const responses = logged.map(({ response }) => Int32Array.from(response));
  const { behaviourLogProbs, ...rollout } = textRollout({
    ...lengths,
    prompts: logged.map(({ prompt }) => prompt),
    generation: {
      responses,
      logProbs: responses.map(({ length }) => new Float32Array(length)),
      finished: responses.map(() => true),
      isFullDistribution: true,
      policyVersion: 0,
    },
    rewards: logged.map(({ reward, response: { length } }) =>
      typeof reward === "number"
        ? tokenRewards(reward, { length, finished: true })
        : Float32Array.from(reward),
    ),
  });
  behaviourLogProbs?.dispose();
  return rollout;
};
