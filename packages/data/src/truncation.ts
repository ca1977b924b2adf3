import { InvalidArgumentError } from "@accord-rl/core";

/** A prompt and the responses to it, as tokens, without begin and end token. */
export interface PromptAndResponses {
  readonly prompt: readonly number[];
  readonly responses: readonly (readonly number[])[];
}

/** Fits a prompt with each of its responses into `room` tokens; null: they are left out. */
export type Truncation = (parts: PromptAndResponses, room: number) => PromptAndResponses | null;

const longest = (responses: PromptAndResponses["responses"]): number =>
  responses.reduce((most, { length }) => Math.max(most, length), 0);

/** How many tokens of the prompt stay: what the longest response leaves, but no fewer than it may keep. */
const promptRoom = ({ prompt, responses }: PromptAndResponses, room: number, kept: number): number =>
  Math.min(prompt.length, Math.max(Math.min(kept, room - 1), room - longest(responses)));

const checkKept = (name: string, kept: number): void => {
  if (kept >= 0 && (Number.isInteger(kept) || kept === Number.POSITIVE_INFINITY)) return;
  const message = `${name}: a prompt may keep ${kept} tokens, expected a whole number of 0 or more`;
  throw new InvalidArgumentError({ argument: "maxPromptLength", value: kept, message });
};

const cut =
  (
    name: string,
    maxPromptLength: number,
    take: (prompt: readonly number[], count: number) => readonly number[],
  ) =>
  (parts: PromptAndResponses, room: number): PromptAndResponses => {
    checkKept(name, maxPromptLength);
    const prompt = take(parts.prompt, promptRoom(parts, room, maxPromptLength));
    return { prompt, responses: parts.responses.map((response) => response.slice(0, room - prompt.length)) };
  };

/**
 * The start of the prompt goes first, down to `maxPromptLength` tokens, then the end of the response: what stands around
 * the seam stays. For conversations, whose last turn matters most.
 */
export const keepPromptEnd = (maxPromptLength: number): Truncation =>
  cut("keepPromptEnd", maxPromptLength, (prompt, count) => prompt.slice(prompt.length - count));

/** The end of the prompt goes first: for documents, whose beginning says what they are about. */
export const keepPromptStart = (maxPromptLength: number): Truncation =>
  cut("keepPromptStart", maxPromptLength, (prompt, count) => prompt.slice(0, count));

/** What is too long is left out, and nothing is ever cut. */
export const dropTooLong: Truncation = (parts, room) =>
  parts.prompt.length + longest(parts.responses) <= room ? parts : null;
