import {
  type ActionEvaluation,
  type Decisions,
  type EvaluationRequest,
  type Generation,
  InvalidArgumentError,
  type Policy,
  type Random,
  type Rollout,
  requireCount,
  type TextActor,
  type TextObservations,
  type ValueFunction,
} from "@accord-rl/core";
import {
  createVersionCounter,
  embedding,
  entropy,
  logSoftmax,
  parametersState,
  restoreParameters,
  selectedLogProbs,
} from "@accord-rl/math";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** A language in which every response has exactly `length` tokens, so few that a table holds all that can be written. */
export interface TabularLanguage {
  /** V. */
  readonly vocabularySize: number;
  /** T. */
  readonly length: number;
}

/** A table of logits as a policy over texts: its optimum can be computed, and it learns as any other text policy. */
export interface TabularTextPolicy extends Policy<TextObservations>, TextActor {
  /** As they are now: V probabilities of the next token after the beginning of a response. */
  probabilities(): Promise<(beginning: readonly number[]) => readonly number[]>;
  /** A policy with its own parameters. */
  clone(): TabularTextPolicy;
}

/** S: beginnings of a response, the empty one first: Σ_{t<T} V^t. */
const countBeginnings = ({ vocabularySize, length }: TabularLanguage): number =>
  Array.from({ length }, (_, t) => vocabularySize ** t).reduce((sum, count) => sum + count, 0);

/** Every beginning of a response, shorter ones first, the last token fastest: the rows of the table. */
const beginnings = ({ vocabularySize, length }: TabularLanguage): number[][] => {
  const all: number[][] = [[]];
  const count = countBeginnings({ vocabularySize, length });
  for (let index = 0; all.length < count; index++) {
    for (let token = 0; token < vocabularySize; token++) all.push([...all[index]!, token]);
  }
  return all.slice(0, count);
};

/** Number of the beginning that one more token makes: those of one length stand together, as in a heap. */
const follow = (state: number, token: number, vocabularySize: number): number =>
  state * vocabularySize + token + 1;

/** [B, T] int32: which beginning each action follows. */
const statesOf = (actions: Tensor2D, vocabularySize: number): Tensor2D =>
  tf.tidy(() => {
    const [batch, steps] = actions.shape;
    const columns: Tensor2D[] = [tf.zeros([batch, 1], "int32")];
    for (let t = 0; t + 1 < steps; t++) {
      const token = tf.slice(actions, [0, t], [batch, 1]);
      columns.push(
        tf.add(tf.add(tf.mul(columns[t]!, tf.scalar(vocabularySize, "int32")), token), tf.scalar(1, "int32")),
      );
    }
    return tf.concat(columns, 1);
  });

const checkLanguage = (where: string, { vocabularySize, length }: TabularLanguage): void => {
  requireCount(where, "vocabularySize", vocabularySize);
  requireCount(where, "length", length);
};

/** The token whose share of [0, 1) holds `u`. */
const pick = (logProbs: readonly number[], u: number): number => {
  let below = 0;
  for (const [token, logProb] of logProbs.entries()) {
    below += Math.exp(logProb);
    if (u < below) return token;
  }
  return logProbs.length - 1;
};

/**
 * A policy over the texts of a tiny language: one row of logits for each beginning of a response. What the prompt says
 * makes no difference to it.
 *
 * @param language.probabilities  V probabilities of the next token after a beginning; default: uniform.
 */
export const createTabularTextPolicy = (
  language: TabularLanguage & {
    readonly probabilities?: (beginning: readonly number[]) => readonly number[];
  },
): TabularTextPolicy => {
  const { vocabularySize, length, probabilities = () => Array<number>(vocabularySize).fill(1) } = language;
  checkLanguage("createTabularTextPolicy", language);
  const rows = beginnings(language).map((beginning) => probabilities(beginning).map(Math.log));
  return fromLogits(rows, vocabularySize, length);
};

const fromLogits = (rows: number[][], vocabularySize: number, length: number): TabularTextPolicy => {
  const table = tf.tidy(() => tf.variable(tf.tensor2d(rows))) as tf.Variable<tf.Rank.R2>;
  const parameters = { logits: table };
  const versions = createVersionCounter(parameters);
  const readLogProbs = async (): Promise<number[][]> => {
    const logProbs = logSoftmax(table);
    const read = (await logProbs.array()) as number[][];
    logProbs.dispose();
    return read;
  };

  const evaluate = (
    { actions }: Decisions<TextObservations>,
    request: EvaluationRequest = {},
  ): ActionEvaluation =>
    tf.tidy(() => {
      const logits = embedding(table, statesOf(actions, vocabularySize)) as Tensor3D; // [B, T, V]
      return {
        logProbs: selectedLogProbs(logits, actions) as Tensor2D,
        ...(request.entropy ? { entropy: entropy(logits) as Tensor2D } : {}),
        ...(request.distribution ? { distribution: logSoftmax(logits) as Tensor3D } : {}),
      };
    });

  const write = (logProbs: readonly (readonly number[])[], random: Random, greedy: boolean) => {
    let state = 0;
    return Array.from({ length }, () => {
      const row = logProbs[state]!;
      const token = greedy ? row.indexOf(Math.max(...row)) : pick(row, random.uniform());
      state = follow(state, token, vocabularySize);
      return { token, logProb: row[token]! };
    });
  };

  const generate: TextActor["generate"] = async (prompts, options): Promise<Generation> => {
    const { maxNewTokens, random, greedy = false, topK, topP } = options;
    if (maxNewTokens !== length || topK !== undefined || topP !== undefined) {
      const message = `generate: every response of this language has ${length} tokens, and its whole distribution is sampled; got maxNewTokens ${maxNewTokens}, topK ${topK}, topP ${topP}`;
      throw new InvalidArgumentError({ argument: "maxNewTokens", value: maxNewTokens, message });
    }
    const logProbs = await readLogProbs();
    const written = prompts.map(() => write(logProbs, random, greedy));
    return {
      responses: written.map((steps) => Int32Array.from(steps, ({ token }) => token)),
      logProbs: written.map((steps) => Float32Array.from(steps, ({ logProb }) => logProb)),
      finished: prompts.map(() => true),
      isFullDistribution: !greedy,
      policyVersion: versions.current(),
    };
  };

  return {
    parameters,
    evaluate,
    generate,
    probabilities: async () => {
      const rows = (await readLogProbs()).map((row) => row.map(Math.exp));
      return (beginning) =>
        rows[beginning.reduce((state, token) => follow(state, token, vocabularySize), 0)]!;
    },
    clone: () => fromLogits(table.arraySync(), vocabularySize, length),
    state: async () => ({
      tensors: await parametersState(parameters),
      json: { policyVersion: versions.current() },
    }),
    restore: ({ tensors, json }) => {
      restoreParameters(parameters, tensors, "TabularTextPolicy.restore");
      versions.restore((json as { policyVersion: number }).policyVersion);
    },
    dispose: () => table.dispose(),
  };
};

/** V(s) of each beginning of a response in a tiny language, as a table; all 0 at first. */
export const createTabularTextValues = (language: TabularLanguage): ValueFunction<TextObservations> => {
  checkLanguage("createTabularTextValues", language);
  const parameters = {
    values: tf.tidy(() => tf.variable(tf.zeros([countBeginnings(language), 1]))),
  };
  const valuesOf = (actions: Tensor2D): Tensor2D =>
    tf.reshape(
      embedding(parameters.values as Tensor2D, statesOf(actions, language.vocabularySize)),
      actions.shape,
    ) as Tensor2D;
  return {
    parameters,
    values: ({ actions }) => tf.tidy(() => valuesOf(actions)),
    valuesAndNext: ({ actions, valid, terminated }: Rollout<TextObservations>) =>
      tf.tidy(() => {
        const values = valuesOf(actions); // [B, T]
        const shifted = tf.pad(tf.slice(values, [0, 1], [-1, -1]), [
          [0, 0],
          [0, 1],
        ]);
        return { values, nextValues: tf.mul(shifted, tf.mul(valid, tf.sub(1, terminated))) as Tensor2D };
      }),
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: ({ tensors }) => restoreParameters(parameters, tensors, "TabularTextValues.restore"),
    dispose: () => parameters.values.dispose(),
  };
};
