import type { LanguageModel, LogitsGuide, TextActor } from "@accord-rl/core";
import { logSoftmax } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";

/** Says the most likely token until one that stops. `distribution` gives what it says after a token. */
export const createGuidedActor = (
  model: LanguageModel,
  guide: LogitsGuide,
  stopToken: number,
): TextActor & { distribution(token: number): number[] } => {
  const distribution = (token: number): number[] =>
    tf.tidy(() => {
      const ids = tf.tensor2d([token], [1, 1], "int32");
      const hidden = tf.reshape(model.hidden(ids, tf.ones([1, 1])), [1, -1]);
      const logProbs = logSoftmax(guide({ logits: model.logits(hidden), hidden }));
      return Array.from(logProbs.dataSync(), Math.exp);
    });
  return {
    distribution,
    generate: async (prompts, { maxNewTokens }) => {
      const responses = prompts.map((prompt) => {
        const said: number[] = [];
        let last = prompt[prompt.length - 1]!;
        while (said.length < maxNewTokens && said.at(-1) !== stopToken) {
          const row = distribution(last);
          last = row.indexOf(Math.max(...row));
          said.push(last);
        }
        return Int32Array.from(said);
      });
      return {
        responses,
        logProbs: responses.map(({ length }) => new Float32Array(length)),
        finished: responses.map((said) => said.at(-1) === stopToken),
        isFullDistribution: false,
        policyVersion: 0,
      };
    },
  };
};
