import { type Conversation, InvalidArgumentError } from "@accord-rl/core";

/** Makes a conversation that is too long shorter; null: it is left out. Asked again until it fits. */
export type Shorten = (conversation: Conversation) => Conversation | null;

/** Leaves out the oldest turn that is not the system's, and an answer that would then stand first. */
export const dropOldestTurn: Shorten = (conversation) => {
  const first = conversation.findIndex(({ role }) => role !== "system");
  if (first < 0 || first === conversation.length - 1) return null;
  const rest = conversation.toSpliced(first, conversation[first + 1]?.role === "assistant" ? 2 : 1);
  return rest.length > first ? rest : null;
};

/** Leaves out what is too long. */
export const dropLongChat: Shorten = () => null;

export interface ChatOptions {
  /** Most tokens of a sequence. */
  readonly maxLength: number;
  /** Default `dropOldestTurn`. Each conversation that it gives has fewer tokens than the one before. */
  readonly shorten?: Shorten;
}

/** A conversation, shortened `index` times, and what was made of it. */
interface Attempt<T> {
  readonly index: number;
  readonly conversation: Conversation;
  readonly length: number;
  readonly value: T;
}

type Make<T> = (conversation: Conversation) => { readonly value: T; readonly length: number };

/** Estimates a length before anything is encoded: the characters, and some for the marks of each turn. */
export const charactersOf = (conversation: Conversation): number =>
  conversation.reduce((sum, { content }) => sum + content.length + 16, 0);

const checkShorter = (next: Attempt<unknown>, before: Attempt<unknown>): void => {
  if (next.length < before.length) return;
  const message = `shorten: left ${next.length} tokens of ${before.length}, expected fewer, or null`;
  throw new InvalidArgumentError({ argument: "shorten", value: next.conversation, message });
};

/** The characters of each conversation that `shorten` makes; undefined where they do not fall. */
const fallingCharacters = (
  conversation: Conversation,
  shorten: Shorten,
  fixed: number,
): number[] | undefined => {
  const all: number[] = [];
  for (let current: Conversation | null = conversation; current !== null; current = shorten(current)) {
    const characters = fixed + charactersOf(current);
    if (characters >= (all.at(-1) ?? Number.POSITIVE_INFINITY)) return undefined;
    all.push(characters);
  }
  return all;
};

/** How many characters may fit, from the two nearest attempts: one that is too long, and one that fits. */
const charactersThatFit = (
  characters: readonly number[],
  long: Attempt<unknown>,
  fitting: Attempt<unknown> | undefined,
  maxLength: number,
): number => {
  const most = characters[long.index] ?? 0;
  if (!fitting) return (most * maxLength) / long.length;
  const least = characters[fitting.index] ?? 0;
  return least + ((most - least) * (maxLength - fitting.length)) / (long.length - fitting.length);
};

/** After so many guesses the range is halved instead, so that the number of attempts has a bound. */
const mostGuesses = 6;

/**
 * Shortens a conversation until what `make` makes of it fits. `make` encodes, so it is called as seldom as possible: the
 * lengths that are known say where to look next.
 *
 * @param fixed  characters that `make` adds to each conversation.
 * @returns the first that fits; undefined where none does.
 */
export const firstThatFits = <T>(
  start: Conversation,
  { maxLength, shorten = dropOldestTurn }: ChatOptions,
  fixed: number,
  make: Make<T>,
): { readonly conversation: Conversation; readonly value: T } | undefined => {
  let long: Attempt<T> = { index: 0, conversation: start, ...make(start) };
  if (long.length <= maxLength) return long;
  /** Shortens what is too long `steps` times more. */
  const attempt = (steps: number): Attempt<T> | undefined => {
    let conversation: Conversation | null = long.conversation;
    for (let step = 0; step < steps && conversation !== null; step++) conversation = shorten(conversation);
    return conversation === null
      ? undefined
      : { index: long.index + steps, conversation, ...make(conversation) };
  };
  const characters = fallingCharacters(start, shorten, fixed);
  if (!characters) {
    for (let next = attempt(1); next; next = attempt(1)) {
      if (next.length <= maxLength) return next;
      checkShorter(next, long);
      long = next;
    }
    return undefined;
  }
  let fitting: Attempt<T> | undefined;
  for (let guesses = 0; ; guesses++) {
    const end = fitting?.index ?? characters.length;
    if (end - long.index <= 1) return fitting;
    const wanted = charactersThatFit(characters, long, fitting, maxLength);
    let index = long.index + 1;
    if (guesses >= mostGuesses) index = (long.index + end) >> 1;
    else while (index < end - 1 && (characters[index] as number) > wanted) index += 1;
    const next = attempt(index - long.index);
    if (!next) return fitting;
    if (next.length <= maxLength) fitting = next;
    else {
      checkShorter(next, long);
      long = next;
    }
  }
};
