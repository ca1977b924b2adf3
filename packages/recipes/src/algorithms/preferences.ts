import type { GroupedRollout, PreferenceBatch, PreferencePair, TextObservations } from "@accord-rl/core";

/** Tokens of each row without their padding, and where its response begins. */
const readTexts = async ({ observations, valid }: GroupedRollout<TextObservations>) => {
  const { tokenIds, tokenMask } = observations;
  const [ids, mask, counted] = await Promise.all([tokenIds.array(), tokenMask.array(), valid.array()]);
  return ids.map((row, i) => {
    const tokens = row.filter((_, position) => mask[i]![position] === 1);
    const length = counted[i]!.reduce((sum, value) => sum + value, 0);
    return { tokens, completionStart: tokens.length - length };
  });
};

/**
 * Pairs of responses to the same prompt, labelled by their rewards as Bradley and Terry have it: the first of two is the
 * better one with probability σ(r₁ − r₂). Rows of one prompt stand together; one that takes no part makes no pair.
 *
 * With such labels the optimum of DPO is π_ref·exp(r/β), the same as that of a KL penalty of β.
 */
export const preferencesOf = async (rollout: GroupedRollout<TextObservations>): Promise<PreferenceBatch> => {
  const [texts, rewards, mask] = await Promise.all([
    readTexts(rollout),
    rollout.rewards.array(),
    rollout.mask.array(),
  ]);
  const scores = rewards.map((row) => row.reduce((sum, reward) => sum + reward, 0));
  const takesPart = mask.map((row) => row.some((value) => value === 1));
  const pairs: PreferencePair[] = [];
  for (let i = 0; i + 1 < texts.length; i += 2) {
    const [first, second] = [texts[i]!, texts[i + 1]!];
    if (rollout.groups[i] !== rollout.groups[i + 1] || !takesPart[i] || !takesPart[i + 1]) continue;
    const gap = scores[i]! - scores[i + 1]!;
    const [preferred, rejected] = gap >= 0 ? [first, second] : [second, first];
    pairs.push({
      preferred: preferred.tokens,
      rejected: rejected.tokens,
      completionStart: first.completionStart,
      probability: 1 / (1 + Math.exp(-Math.abs(gap))),
    });
  }
  return pairs;
};
