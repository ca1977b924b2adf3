import type { Tokenizer } from "@accord-rl/core";
import { createSplitter } from "../split-at.ts";
import { createTokenBytes } from "../token-bytes.ts";
import { mergePairs } from "./merge-pairs.ts";

/** A piece of a sentencepiece vocabulary. */
export interface ScorePiece {
  /** With spaces as spaces. */
  readonly text: string;
  /** The higher, the earlier it is merged. */
  readonly score: number;
  /** What it decodes to; empty for special pieces. */
  readonly bytes: Uint8Array;
  /** Texts can be merged to it. Special pieces and bytes are no text: a text that spells one out stays text. */
  readonly isText: boolean;
}

export interface ScoreTokenizerParts {
  readonly pieces: readonly ScorePiece[];
  /** The 256 tokens that stand for bytes. */
  readonly byteTokens: readonly number[];
  /** Texts that are cut out before anything is merged, by their tokens. */
  readonly addedTokens?: ReadonlyMap<string, number>;
  readonly beginToken: number | null;
  readonly endToken: number | null;
  /** Puts a space in front of each text. Default true. */
  readonly addsSpace?: boolean;
}

/** Words whose tokens are remembered, and the longest of them. */
const remembered = { words: 2 ** 16, length: 64 };

/** Before each space that follows something else. */
const wordStart = /(?<=[^ ])(?= )/;

/**
 * Encodes word by word, and each word once: what is merged is the same, if no piece has a space after another
 * character. With such a piece, texts are encoded as a whole.
 */
const byWords = (pieces: readonly ScorePiece[], encode: (text: string) => readonly number[]) => {
  if (pieces.some(({ text, isText }) => isText && wordStart.test(text))) return encode;
  const known = new Map<string, readonly number[]>();
  const encodeWord = (word: string): readonly number[] => {
    if (word.length > remembered.length) return encode(word);
    const found = known.get(word);
    if (found !== undefined) return found;
    const tokens = encode(word);
    if (known.size >= remembered.words) known.clear();
    known.set(word, tokens);
    return tokens;
  };
  return (text: string): readonly number[] => text.split(wordStart).flatMap(encodeWord);
};

/**
 * Byte-pair merges in the order of their scores; characters outside the vocabulary as their UTF-8 bytes.
 *
 * @see Kudo & Richardson 2018, SentencePiece. https://arxiv.org/abs/1808.06226
 */
export const createScoreTokenizer = ({
  pieces,
  byteTokens,
  addedTokens = new Map(),
  beginToken,
  endToken,
  addsSpace = true,
}: ScoreTokenizerParts): Tokenizer => {
  const ids = new Map<string, number>();
  pieces.forEach(({ text, isText }, id) => {
    if (isText && !ids.has(text)) ids.set(text, id);
  });
  const merge = (left: number, right: number) => {
    const [first, second] = [pieces[left] as ScorePiece, pieces[right] as ScorePiece];
    if (!first.isText || !second.isText) return undefined;
    const id = ids.get(first.text + second.text);
    return id === undefined ? undefined : { id, score: (pieces[id] as ScorePiece).score };
  };
  const encoder = new TextEncoder();
  const encodeText = byWords(pieces, (text) => {
    const start = Array.from(text).flatMap((character) => {
      const id = ids.get(character);
      return id === undefined ? Array.from(encoder.encode(character), (byte) => byteTokens[byte]!) : [id];
    });
    return mergePairs(start, merge);
  });
  const split = createSplitter(addedTokens.keys());
  const { decode } = createTokenBytes(
    pieces.map(({ bytes }) => bytes),
    addsSpace ? { spaceAfter: beginToken } : {},
  );
  return {
    vocabularySize: pieces.length,
    beginToken,
    endToken,
    encode: (text) => {
      if (text === "") return [];
      // To sentencepiece the mark of a space is one, wherever it comes from.
      const spaced = text.replaceAll("▁", " ");
      return split(addsSpace ? ` ${spaced}` : spaced).flatMap((part) =>
        part.isName ? [addedTokens.get(part.text) as number] : encodeText(part.text),
      );
    },
    decode,
  };
};
