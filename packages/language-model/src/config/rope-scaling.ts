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
    }
  | {
      /** Longer texts than the model's context change the base. Those that fit into it change nothing. */
      readonly kind: "dynamic";
      readonly factor: number;
    }
  | YarnScaling;

/** Slow frequencies are divided, fast ones stay, those between are mixed by their place; scores are scaled (Qwen). */
export interface YarnScaling {
  readonly kind: "yarn";
  readonly factor: number;
  /** Context length before the stretching. */
  readonly originalContextLength: number;
  /** Turns within the original length from which on a frequency stays. Usually 32. */
  readonly betaFast: number;
  /** Turns within the original length up to which it is divided. Usually 1. */
  readonly betaSlow: number;
  /** What turned queries and keys are multiplied by. Usually 0.1 · ln(factor) + 1. */
  readonly attentionFactor: number;
}

/** What a rotary embedding turns by. */
export interface Frequencies {
  readonly headSize: number;
  readonly ropeTheta: number;
}

type OfOneFrequency = Exclude<RopeScaling, YarnScaling>;

const kinds: {
  [K in OfOneFrequency["kind"]]: (f: number, s: Extract<OfOneFrequency, { kind: K }>) => number;
} = {
  dynamic: (frequency) => frequency,
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
export const scaleFrequency = (frequency: number, scaling: OfOneFrequency | undefined): number =>
  scaling === undefined ? frequency : kinds[scaling.kind](frequency, scaling as never);

/** 0.1 · ln(s) + 1, for s above 1. @see Peng et al. 2023, YaRN, §3.4. https://arxiv.org/abs/2309.00071 */
export const yarnAttentionFactor = (factor: number): number => (factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1);

/**
 *   f' = r · f / s + (1 − r) · f,   r(i) = clip((i − low) / (high − low), 0, 1)
 *
 * where low and high are the places, rounded apart, whose frequencies turn betaFast and betaSlow times.
 *
 * @see Peng et al. 2023, YaRN, §3.2. https://arxiv.org/abs/2309.00071
 */
const yarnShare = ({ headSize, ropeTheta }: Frequencies, scaling: YarnScaling): ((i: number) => number) => {
  const place = (turns: number) =>
    (headSize * Math.log(scaling.originalContextLength / (turns * 2 * Math.PI))) / (2 * Math.log(ropeTheta));
  const low = Math.max(Math.floor(place(scaling.betaFast)), 0);
  const end = Math.min(Math.ceil(place(scaling.betaSlow)), headSize - 1);
  const high = low === end ? end + 0.001 : end;
  return (i) => Math.min(Math.max((i - low) / (high - low), 0), 1);
};

/** The frequencies of a head in radians per token, as the scaling changes them: half as many as the head has numbers. */
export const scaledFrequencies = (
  rotation: Frequencies,
  scaling: RopeScaling | undefined,
): readonly number[] => {
  const { headSize, ropeTheta } = rotation;
  const plain = Array.from({ length: headSize / 2 }, (_, i) => ropeTheta ** ((-2 * i) / headSize));
  if (scaling?.kind !== "yarn") return plain.map((frequency) => scaleFrequency(frequency, scaling));
  const share = yarnShare(rotation, scaling);
  return plain.map((frequency, i) => frequency * (share(i) / scaling.factor + 1 - share(i)));
};

/** What makes a scaling unusable, in words; undefined when nothing does. */
export const ropeScalingProblem = (scaling: RopeScaling): string | undefined => {
  const known = [...Object.keys(kinds), "yarn"];
  if (!known.includes(scaling.kind)) {
    return `ropeScaling is of kind ${JSON.stringify(scaling.kind)}, expected ${known.join(" or ")}`;
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
