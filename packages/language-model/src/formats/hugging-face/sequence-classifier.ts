import type { TensorData } from "@accord-rl/core";
import type { Transformer } from "../../transformer/transformer.ts";
import { checkFinite } from "../../weights/finite-weights.ts";
import type { ConfigFields } from "./config-fields.ts";
import { readFolderDescription, readModel, withWeights } from "./load.ts";
import type { WeightFiles } from "./weight-files.ts";

/** A model that gives a whole text one number per label, from what follows its last token. */
export interface SequenceClassifier {
  /** Owned by the caller. It has no output layer of its own: `hidden` is what it is for. */
  readonly backbone: Transformer;
  /** [labels, D] float32: logits = scoreWeight · hidden state of the last token. */
  readonly scoreWeight: TensorData;
  /** Names of the rows, by the file's `id2label`. */
  readonly labels: readonly string[];
}

const scoreName = "score.weight";

const labelsOf = (fields: ConfigFields, count: number): readonly string[] => {
  const names = fields.object("id2label");
  return Array.from({ length: count }, (_, index) => {
    const name = names?.[index];
    return typeof name === "string" ? name : `LABEL_${index}`;
  });
};

/** @throws CheckpointError unless the file holds one row of the right width per label. */
const readScores = async (files: WeightFiles, width: number, fields: ConfigFields): Promise<TensorData> => {
  const shape = files.shapes.get(scoreName);
  if (shape === undefined) {
    return fields.fail(
      `its weights have no "${scoreName}", expected a model for sequence classification; load others with loadModel`,
    );
  }
  if (shape.length !== 2 || shape[0] === 0 || shape[1] !== width) {
    fields.fail(`tensor "${scoreName}" is [${shape}], expected [labels, ${width}]`);
  }
  const scores = await files.read(scoreName);
  if (scores.dtype !== "float32") fields.fail(`tensor "${scoreName}" holds ${scores.dtype}, expected floats`);
  checkFinite(scoreName, scores.data as Float32Array, files.path);
  return scores;
};

/**
 * Loads a Hugging Face folder of a model for sequence classification (LlamaForSequenceClassification and its like): a
 * reward model, or a classifier whose logits make one.
 *
 * @throws CheckpointError when something is missing, damaged or of another kind of model.
 */
export const loadSequenceClassifier = async (folder: string): Promise<SequenceClassifier> => {
  const description = await readFolderDescription(folder);
  const { config, fields } = description;
  return withWeights(folder, async (files) => {
    const scoreWeight = await readScores(files, config.width, fields);
    const labels = labelsOf(fields, scoreWeight.shape[0] as number);
    const headless = { ...description, config: { ...config, tiedOutput: true } };
    return { backbone: await readModel(headless, files, [scoreName]), scoreWeight, labels };
  });
};
