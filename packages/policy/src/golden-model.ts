import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { padSequences } from "@accord-rl/math";
import * as tf from "@tensorflow/tfjs-core";

/** Prompts and responses as a golden file holds them. */
export interface GoldenTexts {
  readonly prompts: readonly (readonly number[])[];
  readonly responses: readonly (readonly number[])[];
}

/** What a policy evaluates: prompts padded on the left, responses on the right. */
export const goldenBatch = ({ prompts, responses }: GoldenTexts) => {
  const left = padSequences(prompts, { side: "left" });
  const right = padSequences(responses, { side: "right" });
  return {
    observations: {
      tokenIds: tf.concat([left.tokenIds, right.tokenIds], 1),
      tokenMask: tf.concat([left.tokenMask, right.tokenMask], 1),
    },
    actions: right.tokenIds,
  };
};

/** Writes files, in base64, into a new folder. @returns its path */
export const writeGoldenFolder = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "accord-golden-"));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), Buffer.from(content, "base64"));
  }
  return folder;
};
