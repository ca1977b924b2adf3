import type { PreferencePair, TextBatch } from "@accord-rl/core";
import { createTabularPolicy, type TabularObservations, type TabularPolicy } from "@accord-rl/testing";
import * as tf from "@tensorflow/tfjs-core";
import type { ResponseDecisions } from "./index.ts";

/** Responses of two tokens out of two. State 0 is the start; 1 and 2 come after token 0 and 1. */
export const layOut = (texts: TextBatch): ResponseDecisions<TabularObservations> => {
  const responses = texts.map(({ tokens, completionStart }) => Array.from(tokens).slice(completionStart));
  const longest = Math.max(...responses.map(({ length }) => length));
  const table = (read: (response: number[], t: number) => number, dtype: "int32" | "float32"): tf.Tensor2D =>
    tf.tensor2d(
      responses.map((response) => Array.from({ length: longest }, (_, t) => read(response, t))),
      [responses.length, longest],
      dtype,
    );
  const states = table((response, t) => (t === 0 ? 0 : 1 + (response[t - 1] ?? 0)), "int32");
  return {
    observations: { states, nextStates: states.clone() },
    actions: table((response, t) => response[t] ?? 0, "int32"),
    mask: table((response, t) => Number(t < response.length), "float32"),
  };
};

export const referenceTable = [
  [0.5, 0.5],
  [0.5, 0.5],
  [0.9, 0.1],
];

export const createPolicy = (table: readonly (readonly number[])[] = referenceTable): TabularPolicy =>
  createTabularPolicy(table.map((row) => row.map(Math.log)));

/** All pairs of responses, with the probability that a judge of these rewards prefers the first (Bradley-Terry). */
export const exactPairs = (
  responses: readonly (readonly number[])[],
  rewards: readonly number[],
): PreferencePair[] =>
  responses.flatMap((first, i) =>
    responses.slice(0, i).map((second, j) => ({
      preferred: [0, ...first],
      rejected: [0, ...second],
      completionStart: 1,
      probability: 1 / (1 + Math.exp(rewards[j]! - rewards[i]!)),
    })),
  );

/** Probabilities of 00, 01, 10, 11. */
export const responseProbabilities = async (policy: TabularPolicy): Promise<number[]> => {
  const table = await policy.probabilities();
  return [0, 1].flatMap((first) => [0, 1].map((second) => table[0]![first]! * table[1 + first]![second]!));
};
