import { InvalidArgumentError, type TextExample } from "@accord-rl/core";

/** A block of a fixed length in which documents stand one after the other. */
export interface PackedExample extends TextExample {
  readonly tokens: readonly number[];
  readonly mask: readonly number[];
  /** Where documents begin within the block, ascending. A block that begins within one has no 0 here. */
  readonly documents: readonly number[];
}

export interface PackOptions {
  /** Tokens of each block. */
  readonly length: number;
  /** Also give the last tokens, which don't fill a block; default false. */
  readonly keepRest?: boolean;
}

/** The tokens of an example with what is learned of them: never a document's first, which nothing of it predicts. */
const maskOf = ({ tokens, completionStart, mask }: TextExample): number[] =>
  Array.from(tokens, (_, i) => (i >= Math.max(1, completionStart) && (mask?.[i] ?? 1) === 1 ? 1 : 0));

const check = (argument: string, value: unknown, isFine: boolean, message: string): void => {
  if (!isFine) throw new InvalidArgumentError({ argument, value, message: `pack: ${message}` });
};

/**
 * Packs examples into blocks of one length, in order, without padding; one that does not fit goes on in the next block.
 *
 * What each learns is kept: the loss mask goes along with the tokens. A document's first token is not learned, since only
 * the document before it would predict it, nor is a block's first. Attention is not cut: a model sees the documents
 * before it in the block, as in GPT-2's and GPT-3's training; `documents` says where they begin for one that can be told.
 *
 * @see Brown et al. 2020, appendix B. https://arxiv.org/abs/2005.14165
 */
export async function* pack(
  examples: Iterable<TextExample> | AsyncIterable<TextExample>,
  { length, keepRest = false }: PackOptions,
): AsyncGenerator<PackedExample, void, undefined> {
  check(
    "length",
    length,
    Number.isSafeInteger(length) && length >= 2,
    `length is ${length}, expected 2 or more`,
  );
  let tokens: number[] = [];
  let mask: number[] = [];
  let documents: number[] = [];
  const block = (): PackedExample[] => {
    // Position 0 is predicted by nothing.
    const packed = { tokens, mask: mask.with(0, 0), documents, completionStart: 0 };
    [tokens, mask, documents] = [[], [], []];
    return packed.mask.includes(1) ? [packed] : [];
  };
  for await (const example of examples) {
    const { weight = 1 } = example;
    check(
      "weight",
      weight,
      weight === 1,
      `an example has weight ${weight}; a block has one weight for all, so leave it out`,
    );
    const [all, learned] = [Array.from(example.tokens), maskOf(example)];
    if (all.length > 0) documents.push(tokens.length);
    for (let from = 0; from < all.length; ) {
      const to = from + length - tokens.length;
      tokens.push(...all.slice(from, to));
      mask.push(...learned.slice(from, to));
      from = to;
      if (tokens.length === length) yield* block();
    }
  }
  if (keepRest && tokens.length > 1) yield* block();
}
