import { InvalidArgumentError, type RewardSource, type TextSample } from "@accord-rl/core";

/**
 * DAPO's penalty for responses that come near the length limit, as a reward source to mix with others.
 *
 *   0 up to L − C tokens, then falling linearly to −1 at L
 *
 * @param options.maxLength  L, tokens of the longest response allowed.
 * @param options.buffer     C, tokens over which it falls. The paper: 4,096 of 20,480.
 * @see Yu et al. 2025, eq. 13. https://arxiv.org/abs/2503.14476
 */
export const overlongPenalty = ({
  maxLength,
  buffer,
}: {
  readonly maxLength: number;
  readonly buffer: number;
}): RewardSource<Pick<TextSample, "responseTokens">> => {
  if (!(maxLength > 0 && buffer > 0 && buffer <= maxLength && Number.isFinite(maxLength))) {
    throw new InvalidArgumentError({
      argument: "buffer",
      value: buffer,
      message: `overlongPenalty: got maxLength ${maxLength} and buffer ${buffer}, expected 0 < buffer ≤ maxLength`,
    });
  }
  return (samples) =>
    samples.map(({ responseTokens }) => {
      const over = responseTokens.length - (maxLength - buffer);
      return over <= 0 ? 0 : -Math.min(over / buffer, 1);
    });
};
