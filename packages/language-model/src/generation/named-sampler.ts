import type { GenerateOptions } from "@accord-rl/core";
import { type Sampler, sampleCategorical, sampleMostLikely, takeMostLikely } from "@accord-rl/math";
import { checkCount, reject } from "../check.ts";

/** A sampler, and a name that says all about it: what is compiled for one serves every sampler of the same name. */
export interface NamedSampler {
  readonly name: string;
  readonly sample: Sampler;
  /** Whether log-probabilities are those of the whole distribution. */
  readonly isFull: boolean;
}

/** @throws InvalidArgumentError for impossible options. */
export const chooseSampler = ({
  greedy,
  topK,
  topP,
}: Pick<GenerateOptions, "greedy" | "topK" | "topP">): NamedSampler => {
  if (topK !== undefined) checkCount("generate", "topK", topK);
  if (topP !== undefined && !(topP > 0 && topP <= 1)) {
    reject("generate", "topP", topP, `topP is ${topP}, expected a number above 0 and up to 1`);
  }
  if (greedy) {
    if (topK !== undefined || topP !== undefined) {
      reject("generate", "greedy", greedy, "greedy takes the most likely token; leave topK and topP out");
    }
    return { name: "greedy", sample: takeMostLikely, isFull: false };
  }
  if (topK === undefined && topP === undefined)
    return { name: "all", sample: sampleCategorical, isFull: true };
  const name = [...(topK === undefined ? [] : [`top${topK}`]), ...(topP === undefined ? [] : [`p${topP}`])];
  return { name: name.join(" "), sample: sampleMostLikely({ topK, topP }), isFull: false };
};
