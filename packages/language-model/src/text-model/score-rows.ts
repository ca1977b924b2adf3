import type { TokenSequence } from "@accord-rl/core";

/** A candidate whose log-probabilities stand in a row that the model reads. */
export interface CandidatePlace {
  /** Of the conversation, and of the candidate. */
  readonly prompt: number;
  readonly candidate: number;
  /** Position in the row whose state says the first of the candidate's tokens. */
  readonly position: number;
  readonly tokens: TokenSequence;
}

/** What the model reads once, for all candidates that it tells of. */
export interface ScoreRow {
  readonly tokens: readonly number[];
  readonly places: readonly CandidatePlace[];
}

const startsWith = (row: readonly number[], start: readonly number[]): boolean =>
  start.length <= row.length && start.every((token, i) => row[i] === token);

/**
 * The fewest rows that tell of all candidates after one prompt: the last token of a candidate needs no reading, and a
 * row that begins another is part of it. Candidates of one token each share a single row, the prompt.
 */
const rowsOfPrompt = (
  prompt: readonly number[],
  index: number,
  candidates: readonly (readonly number[])[],
): ScoreRow[] => {
  const longestFirst = candidates
    .map((_, i) => i)
    .sort((a, b) => candidates[b]!.length - candidates[a]!.length);
  const rows: { readonly read: readonly number[]; readonly places: CandidatePlace[] }[] = [];
  for (const candidate of longestFirst) {
    const tokens = candidates[candidate]!;
    const read = tokens.slice(0, -1);
    const place = { prompt: index, candidate, position: prompt.length - 1, tokens };
    const row = rows.find((other) => startsWith(other.read, read));
    if (row) row.places.push(place);
    else rows.push({ read, places: [place] });
  }
  return rows.map(({ read, places }) => ({ tokens: [...prompt, ...read], places }));
};

/** Rows for all prompts, the shortest first, so that neighbours need little padding. */
export const scoreRows = (
  prompts: readonly (readonly number[])[],
  candidates: readonly (readonly number[])[],
): ScoreRow[] =>
  prompts
    .flatMap((prompt, index) => rowsOfPrompt(prompt, index, candidates))
    .sort((a, b) => a.tokens.length - b.tokens.length);
