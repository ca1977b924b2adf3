import { type FileHandle, open } from "node:fs/promises";
import { CheckpointError } from "@accord-rl/core";
import type { GgufMetadata } from "@accord-rl/tokenizers";
import { readFailure } from "../read-failure.ts";
import { type GgufTensorInfo, readHeader, type TensorPlace } from "./header.ts";
import type { Fail } from "./header-cursor.ts";
import { f32, type TensorType, tensorTypes } from "./tensor-types.ts";

/** An open GGUF file: what it says of itself is read, its tensors are not. */
export interface GgufFile {
  readonly path: string;
  /** 2 or 3. */
  readonly version: number;
  /** The model, the tokenizer ("tokenizer.ggml.tokens", ...) and the chat template ("tokenizer.chat_template"). */
  readonly metadata: GgufMetadata;
  /** By name, in the file's order. */
  readonly tensors: ReadonlyMap<string, GgufTensorInfo>;
  /**
   * Reads one tensor as float32, in pieces: beside the result, memory for one piece is needed.
   *
   * @param target  is written and returned where given; has as many elements as the tensor
   * @throws CheckpointError when there is none of this name, or its kind can't be read.
   */
  readTensor(name: string, target?: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Bytes that are read at once, about. */
const pieceBytes = 2 ** 22;

const fill = async (handle: FileHandle, target: Uint8Array, position: number, fail: Fail): Promise<void> => {
  let filled = 0;
  while (filled < target.length) {
    const left = target.length - filled;
    const { bytesRead } = await handle.read(target, filled, left, position + filled);
    if (bytesRead === 0) fail(`it ends at byte ${position + filled}, inside a tensor`);
    filled += bytesRead;
  }
};

const readableFormat = ({ name, type, format }: TensorPlace, path: string): TensorType => {
  if (format) return format;
  const known = tensorTypes.map((each) => each.name).join(", ");
  throw new CheckpointError({
    path,
    message: `tensor "${name}" is ${type}, expected one of ${known}; convert the file with llama-quantize, such as to Q8_0`,
  });
};

const readPlace = async (
  handle: FileHandle,
  { start, bytes }: TensorPlace,
  format: TensorType,
  target: Float32Array,
  fail: Fail,
): Promise<void> => {
  if (format === f32) {
    return fill(handle, new Uint8Array(target.buffer, target.byteOffset, bytes), start, fail);
  }
  const blocksAtOnce = Math.floor(pieceBytes / format.blockBytes);
  const piece = new Uint8Array(Math.min(bytes, blocksAtOnce * format.blockBytes));
  for (let at = 0; at < bytes; at += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, bytes - at));
    await fill(handle, part, start + at, fail);
    const first = (at / format.blockBytes) * format.blockSize;
    format.unpack(part, target.subarray(first, first + (part.length / format.blockBytes) * format.blockSize));
  }
};

/**
 * Opens a GGUF file (version 2 or 3). Its header is checked against the file's real size before anything is allocated.
 *
 * @throws CheckpointError when it can't be read, is damaged or is no such file.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export const readGguf = async (path: string): Promise<GgufFile> => {
  const fail: Fail = (problem) => {
    throw new CheckpointError({
      path,
      message: `not a readable GGUF file: ${problem}. Fetch or save it again.`,
    });
  };
  const handle = await open(path, "r").catch(readFailure(path));
  try {
    const { size } = await handle.stat();
    const { version, metadata, tensors } = readHeader(handle.fd, size, fail);
    return {
      path,
      version,
      metadata,
      tensors,
      readTensor: async (name, target) => {
        const place = tensors.get(name);
        if (!place) return fail(`it has no tensor "${name}"`);
        const format = readableFormat(place, path);
        const result = target ?? new Float32Array(place.size);
        await readPlace(handle, place, format, result, fail);
        return result;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
};
