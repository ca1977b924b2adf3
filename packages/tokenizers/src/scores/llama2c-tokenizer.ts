import { CheckpointError } from "@accord-rl/core";
import type { SavableTokenizer } from "../model-tokenizer.ts";
import { tokenizerFiles } from "../token-names.ts";
import type { TokenizerFiles } from "../tokenizer-files.ts";
import { createScoreTokenizer, type ScorePiece } from "./score-tokenizer.ts";
import { byteNames, scoredParts } from "./scored-parts.ts";

/** Ids that sentencepiece gives its special pieces in Llama's vocabulary; bytes follow from `firstByte` on. */
const beginToken = 1;
const endToken = 2;
const firstByte = 3;
const firstText = firstByte + 256;

interface Piece {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly score: number;
}

const parsePieces = (file: Uint8Array, path: string): Piece[] => {
  const fail = (message: string): never => {
    throw new CheckpointError({ path, message: `not a llama2.c tokenizer: ${message}` });
  };
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 4) fail(`${file.length} bytes, expected at least 4`);
  const longest = view.getInt32(0, true);
  const pieces: Piece[] = [];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (let offset = 4; offset < file.length; ) {
    if (offset + 8 > file.length) fail(`cut short in the head of piece ${pieces.length}. Fetch it again.`);
    const score = view.getFloat32(offset, true);
    const length = view.getInt32(offset + 4, true);
    offset += 8;
    if (length < 0 || length > longest) {
      fail(`piece ${pieces.length} has length ${length}, expected 0 to ${longest}`);
    }
    if (offset + length > file.length) fail(`cut short in piece ${pieces.length}. Fetch it again.`);
    const bytes = file.slice(offset, offset + length);
    pieces.push({ text: decoder.decode(bytes), bytes, score });
    offset += length;
  }
  if (pieces.length < firstText) {
    fail(`${pieces.length} pieces, expected at least ${firstText}: three special ones and the 256 bytes`);
  }
  return pieces;
};

/** Names of the special pieces, which the file doesn't have. */
const names = { unk_token: "<unk>", bos_token: "<s>", eos_token: "</s>" };

const filesOf = (pieces: readonly ScorePiece[]): TokenizerFiles => {
  const special = Object.values(names);
  const spelled = pieces.map(({ text, score, isText }, id) => {
    const other = special[id] ?? byteNames[id - firstByte];
    return { token: isText ? text.replaceAll(" ", "▁") : (other as string), score, isText };
  });
  return tokenizerFiles({
    ...scoredParts(spelled, { unknown: names.unk_token, addsSpace: true }),
    addedTokens: special.map((content, id) => ({ id, content, special: true })),
    begin: { id: beginToken, content: names.bos_token },
    names,
    chatTemplate: null,
  });
};

/**
 * The tokenizer of a llama2.c tokenizer.bin: byte-pair merges in the order of their scores, a space before the text,
 * characters outside the vocabulary as their UTF-8 bytes.
 *
 * `decode` drops that space after a begin token only: a part of a text keeps the space that it starts with, so that the
 * parts put together are the text.
 *
 * @param file  the file's bytes
 * @param path  for error messages
 * @throws CheckpointError when the file is cut or is none.
 * @see Kudo & Richardson 2018, SentencePiece. https://arxiv.org/abs/1808.06226
 */
export const parseLlama2cTokenizer = (file: Uint8Array, path: string): SavableTokenizer => {
  const noBytes = new Uint8Array(0);
  const pieces = parsePieces(file, path).map((piece, id) => {
    // Files differ in how they spell the bytes ("<0x80>", or the character of that number); their ids don't.
    const shownBytes = id < firstText ? Uint8Array.of(id - firstByte) : piece.bytes;
    return { ...piece, bytes: id < firstByte ? noBytes : shownBytes, isText: id >= firstText };
  });
  const byteTokens = Array.from({ length: 256 }, (_, byte) => firstByte + byte);
  return {
    ...createScoreTokenizer({ pieces, byteTokens, beginToken, endToken }),
    files: () => filesOf(pieces),
  };
};
