/** How rotary frequencies are changed so that a model reads longer texts than it was first trained on. */
export type RopeScaling =
  | {
      /** Every frequency is divided. */
      readonly kind: "linear";
      readonly factor: number;
    }
  | {
      /** Slow frequencies are divided, fast ones stay, those between are mixed (Llama 3.1). */
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      /** Context length before the stretching. */
      readonly originalContextLength: number;
    };

const kinds: { [K in RopeScaling["kind"]]: (f: number, s: Extract<RopeScaling, { kind: K }>) => number } = {
  linear: (frequency, { factor }) => frequency / factor,
  llama3: (frequency, { factor, lowFrequencyFactor, highFrequencyFactor, originalContextLength }) => {
    const turns = (originalContextLength * frequency) / (2 * Math.PI);
    const share = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
    const kept = Math.min(Math.max(share, 0), 1);
    return (1 - kept) * (frequency / factor) + kept * frequency;
  },
};

/**
 * A rotary frequency, in radians per token, as the scaling changes it.
 *
 *   linear: f / s;   llama3: (1 − m) · f / s + m · f,   m = clip((turns − low) / (high − low), 0, 1)
 *
 * where turns = original length · f / 2π.
 *
 * @see Chen et al. 2023, position interpolation. https://arxiv.org/abs/2306.15595
 * @see Grattafiori et al. 2024, The Llama 3 herd of models, §3.2. https://arxiv.org/abs/2407.21783
 */
export const scaleFrequency = (frequency: number, scaling: RopeScaling | undefined): number =>
  scaling === undefined ? frequency : kinds[scaling.kind](frequency, scaling as never);

/** What makes a scaling unusable, in words; undefined when nothing does. */
export const ropeScalingProblem = (scaling: RopeScaling): string | undefined => {
  if (!Object.hasOwn(kinds, scaling.kind)) {
    return `ropeScaling is of kind ${JSON.stringify(scaling.kind)}, expected ${Object.keys(kinds).join(" or ")}`;
  }
  for (const [name, value] of Object.entries(scaling)) {
    if (name !== "kind" && !((value as number) > 0 && Number.isFinite(value))) {
      return `${name} of ropeScaling is ${value}, expected a positive number`;
    }
  }
  if (scaling.kind === "llama3" && scaling.lowFrequencyFactor >= scaling.highFrequencyFactor) {
    const { lowFrequencyFactor: low, highFrequencyFactor: high } = scaling;
    return `lowFrequencyFactor ${low} of ropeScaling is not below highFrequencyFactor ${high}`;
  }
  return undefined;
};
