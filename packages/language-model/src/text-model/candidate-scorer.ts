import { type Compile, interpret } from "@accord-rl/core";
import { compileTree, padSequences } from "@accord-rl/math";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { roundUp } from "../generation/round-up.ts";
import type { TextPolicy } from "../text/text-policy.ts";
import type { ScoreRow } from "./score-rows.ts";

/** Rows that are read, and where in them the candidates' tokens are said. */
interface ScoreBatch {
  /** [B, L], padded on the right. */
  readonly tokenIds: Tensor2D;
  readonly tokenMask: Tensor2D;
  /** [C, T] int32: state of the flattened [B · L] before each token of each candidate. */
  readonly positions: Tensor2D;
  /** [C, T] int32. */
  readonly tokens: Tensor2D;
}

/** Sizes are rounded up where a recording is kept for each shape. What is added is read, and left out of the sums. */
const rounded = { length: 32, rows: 4, candidates: 8, tokens: 4 };

/** Scores the candidates of some rows. @returns Σ log p of each row's places, in order. */
export type ScoreCandidates = (rows: readonly ScoreRow[]) => Promise<number[][]>;

/**
 * Σ log p of candidates under a policy, with logits only where a candidate's token is said.
 */
export const createCandidateScorer = (policy: TextPolicy, compile: Compile = interpret): ScoreCandidates => {
  const { model } = policy;
  const isRounded = compile !== interpret;
  const size = (count: number, multiple: number) => (isRounded ? roundUp(count, multiple) : count);

  const score = compileTree(
    ({ tokenIds, tokenMask, positions, tokens }: ScoreBatch) => {
      const states = tf.reshape(model.hidden(tokenIds, tokenMask), [-1, model.width]) as Tensor2D; // [B · L, D]
      const chosen = tf.gather(states, tf.reshape(positions, [-1]) as Tensor1D); // [C · T, D]
      const before = tf.reshape(chosen, [...positions.shape, model.width]) as Tensor3D; // [C, T, D]
      return { logProbs: policy.evaluateStates(before, tokens).logProbs }; // [C, T]
    },
    compile,
    "policy.scoreCandidates",
  );

  const fill = (rows: readonly ScoreRow[]): ScoreBatch => {
    const places = rows.flatMap((row, index) => row.places.map((place) => ({ ...place, row: index })));
    const longest = Math.max(...rows.map(({ tokens }) => tokens.length));
    const length = Math.min(size(longest, rounded.length), model.contextLength);
    const batch = size(rows.length, rounded.rows);
    const count = size(places.length, rounded.candidates);
    const most = Math.max(...places.map(({ tokens }) => tokens.length));
    const steps = most === 1 ? 1 : size(most, rounded.tokens);
    const positions = new Int32Array(count * steps);
    const tokens = new Int32Array(count * steps);
    places.forEach((place, index) => {
      for (let t = 0; t < place.tokens.length; t++) {
        positions[index * steps + t] = place.row * length + place.position + t;
        tokens[index * steps + t] = place.tokens[t]!;
      }
    });
    const all = Array.from({ length: batch }, (_, row) => (rows[row] ?? rows[0]!).tokens);
    return {
      ...padSequences(all, { side: "right", length }),
      positions: tf.tensor2d(positions, [count, steps], "int32"),
      tokens: tf.tensor2d(tokens, [count, steps], "int32"),
    };
  };

  return async (rows) => {
    const batch = fill(rows);
    const logProbs = tf.tidy(() => score(batch).logProbs);
    tf.dispose({ ...batch });
    const read = (await logProbs.data()) as Float32Array;
    logProbs.dispose();
    const steps = logProbs.shape[1]!;
    let index = 0;
    return rows.map(({ places }) =>
      places.map(({ tokens }) => {
        const start = index++ * steps;
        return read.slice(start, start + tokens.length).reduce((sum, value) => sum + value, 0);
      }),
    );
  };
};
