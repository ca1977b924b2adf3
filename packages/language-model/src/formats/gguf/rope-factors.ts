import { type RopeScaling, scaledFrequencies } from "../../config/rope-scaling.ts";

interface Rotation {
  readonly headSize: number;
  readonly ropeTheta: number;
}

const frequencies = (rotation: Rotation): readonly number[] => scaledFrequencies(rotation, undefined);

/** What each frequency is divided by: the tensor "rope_freqs.weight" of Llama 3.1 and later. */
export const ropeFactors = (rotation: Rotation, scaling: RopeScaling): Float32Array => {
  const scaled = scaledFrequencies(rotation, scaling);
  return Float32Array.from(frequencies(rotation), (frequency, i) => frequency / (scaled[i] as number));
};

/** What the models of Llama 3 have. */
const [lowFrequencyFactor, highFrequencyFactor] = [1, 4];
const tolerance = 1e-4;

/**
 * The scaling that divides the frequencies so; undefined when it is another than Llama 3's.
 *
 * The file doesn't say the context length before the stretching. Between the slow and the fast frequencies it follows
 * from any one: with m of f kept, L = 2π · (low + m · (high − low)) / f.
 */
export const scalingFromFactors = (rotation: Rotation, factors: Float32Array): RopeScaling | undefined => {
  if (2 * factors.length !== rotation.headSize) return undefined;
  const factor = factors.reduce((largest, each) => Math.max(largest, each), 1);
  const plain = frequencies(rotation);
  const mixed = factors.findIndex((each) => each > 1 + tolerance && each < factor * (1 - tolerance));
  if (mixed < 0) return undefined;
  const kept = (1 / (factors[mixed] as number) - 1 / factor) / (1 - 1 / factor);
  const turns = lowFrequencyFactor + kept * (highFrequencyFactor - lowFrequencyFactor);
  const originalContextLength = Math.round((2 * Math.PI * turns) / (plain[mixed] as number));
  const kind = "llama3";
  const scaling = { kind, factor, lowFrequencyFactor, highFrequencyFactor, originalContextLength } as const;
  const isSame = ropeFactors(rotation, scaling).every(
    (each, i) => Math.abs(each - (factors[i] as number)) <= tolerance * each,
  );
  return isSame ? scaling : undefined;
};
