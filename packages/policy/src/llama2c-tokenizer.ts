import { readFile } from "node:fs/promises";
import { CheckpointError, type Tokenizer, type TokenSequence } from "@accord-rl/core";
import { readFailure } from "./read-failure.ts";

/** Ids that sentencepiece gives its special pieces in Llama's vocabulary; bytes follow from `firstByte` on. */
const unknownToken = 0;
const beginToken = 1;
const endToken = 2;
const firstByte = 3;

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
  const decoder = new TextDecoder();
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
  if (pieces.length < firstByte + 256) {
    fail(
      `${pieces.length} pieces, expected at least ${firstByte + 256}: three special ones and the 256 bytes`,
    );
  }
  return pieces;
};

/** "<0x0A>" → 10; undefined for any other piece. */
const byteOf = (text: string): number | undefined => {
  const match = /^<0x([0-9A-F]{2})>$/.exec(text);
  return match ? Number.parseInt(match[1] as string, 16) : undefined;
};

/** A pair of neighbours that could merge; the heap's order: best score first, then the leftmost. */
interface Candidate {
  readonly left: number;
  readonly right: number;
  readonly id: number;
  readonly score: number;
  /** Ids of both sides when this was found: it is stale once one of them changed. */
  readonly leftId: number;
  readonly rightId: number;
}

const isBetter = (a: Candidate, b: Candidate): boolean =>
  a.score > b.score || (a.score === b.score && a.left < b.left);

const push = (heap: Candidate[], item: Candidate): void => {
  heap.push(item);
  for (let i = heap.length - 1; i > 0; ) {
    const parent = (i - 1) >> 1;
    if (!isBetter(heap[i] as Candidate, heap[parent] as Candidate)) return;
    [heap[i], heap[parent]] = [heap[parent] as Candidate, heap[i] as Candidate];
    i = parent;
  }
};

const pop = (heap: Candidate[]): Candidate | undefined => {
  const top = heap[0];
  const last = heap.pop();
  if (heap.length === 0 || last === undefined) return top;
  heap[0] = last;
  for (let i = 0; ; ) {
    let best = i;
    for (const child of [2 * i + 1, 2 * i + 2]) {
      if (child < heap.length && isBetter(heap[child] as Candidate, heap[best] as Candidate)) best = child;
    }
    if (best === i) return top;
    [heap[i], heap[best]] = [heap[best] as Candidate, heap[i] as Candidate];
    i = best;
  }
};

/** Merges neighbours, the pair with the best score first, until no pair is in the vocabulary. */
const mergePairs = (
  start: readonly number[],
  merge: (left: number, right: number) => { id: number; score: number } | undefined,
): number[] => {
  const ids: number[] = [...start];
  const next = ids.map((_, i) => i + 1);
  const previous = ids.map((_, i) => i - 1);
  const heap: Candidate[] = [];
  const consider = (left: number, right: number) => {
    if (left < 0 || right >= ids.length) return;
    const [leftId, rightId] = [ids[left] as number, ids[right] as number];
    const merged = merge(leftId, rightId);
    if (merged) push(heap, { left, right, leftId, rightId, ...merged });
  };
  for (let i = 0; i + 1 < ids.length; i++) consider(i, i + 1);
  for (let best = pop(heap); best; best = pop(heap)) {
    const { left, right, leftId, rightId, id } = best;
    if (ids[left] !== leftId || ids[right] !== rightId || next[left] !== right) continue;
    ids[left] = id;
    ids[right] = -1;
    const after = next[right] as number;
    next[left] = after;
    if (after < ids.length) previous[after] = left;
    consider(previous[left] as number, left);
    consider(left, after);
  }
  return ids.filter((id) => id >= 0);
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
export const parseLlama2cTokenizer = (file: Uint8Array, path: string): Tokenizer => {
  const pieces = parsePieces(file, path);
  const ids = new Map<string, number>();
  pieces.forEach(({ text }, id) => {
    // Special pieces and bytes are no text: a text that spells one out stays text.
    if (id >= firstByte + 256 && !ids.has(text)) ids.set(text, id);
  });
  const encoder = new TextEncoder();
  const bytesOf = pieces.map(({ text, bytes }) => {
    const byte = byteOf(text);
    return byte === undefined ? bytes : Uint8Array.of(byte);
  });
  for (const special of [unknownToken, beginToken, endToken]) bytesOf[special] = new Uint8Array(0);

  const merge = (left: number, right: number) => {
    if (left < firstByte + 256 || right < firstByte + 256) return undefined;
    const id = ids.get((pieces[left] as Piece).text + (pieces[right] as Piece).text);
    return id === undefined ? undefined : { id, score: (pieces[id] as Piece).score };
  };

  return {
    vocabularySize: pieces.length,
    beginToken,
    endToken,
    encode: (text) => {
      if (text === "") return [];
      const start = [...` ${text}`].flatMap((character) => {
        const id = ids.get(character);
        return id === undefined ? Array.from(encoder.encode(character), (byte) => byte + firstByte) : [id];
      });
      return mergePairs(start, merge);
    },
    decode: (tokens: TokenSequence) => {
      const parts = Array.from(tokens, (token) => bytesOf[token] ?? new Uint8Array(0));
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(parts));
      return tokens[0] === beginToken && text.startsWith(" ") ? text.slice(1) : text;
    },
  };
};

/** Reads llama2.c's tokenizer.bin. @throws CheckpointError when the file is missing, cut or is none. */
export const loadLlama2cTokenizer = async (path: string): Promise<Tokenizer> =>
  parseLlama2cTokenizer(await readFile(path).catch(readFailure(path)), path);
