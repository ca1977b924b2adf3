import { CheckpointError, InvalidArgumentError, type TensorData } from "@accord-rl/core";
import { dtypes } from "./safetensors-dtypes.ts";
import { type Fail, parseSafetensorsHeader, type TensorEntry } from "./safetensors-header.ts";

type Tensors = Readonly<Record<string, TensorData>>;
type Metadata = Readonly<Record<string, string>>;

export interface DecodedSafetensors {
  readonly tensors: Tensors;
  readonly metadata: Metadata;
}

const checkTensor = (name: string, { dtype, shape, data }: TensorData): void => {
  const reject = (message: string): never => {
    throw new InvalidArgumentError({ argument: "tensors", value: name, message });
  };
  if (name === "__metadata__") reject('encodeSafetensors: a tensor can\'t be named "__metadata__"');
  if (dtype === "float32" ? !(data instanceof Float32Array) : !(data instanceof Int32Array)) {
    reject(`encodeSafetensors: tensor "${name}" is ${dtype}, but its data is a ${data.constructor.name}`);
  }
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== data.length) {
    reject(
      `encodeSafetensors: tensor "${name}" of shape [${shape}] holds ${data.length} elements, expected ${size}`,
    );
  }
};

/**
 * The bytes of a safetensors file as consecutive pieces: the header, then views of the tensors' own memory.
 * Lets a large file be written without a second copy of it.
 */
export const safetensorsPieces = (tensors: Tensors, metadata: Metadata = {}): Uint8Array[] => {
  const named = Object.entries(tensors);
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  let offset = 0;
  for (const [name, tensor] of named) {
    checkTensor(name, tensor);
    const { dtype, shape, data } = tensor;
    const end = offset + data.byteLength;
    header.push([name, { dtype: dtype === "float32" ? "F32" : "I32", shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.length / 8) * 8; // spaces, so that the data starts at a multiple of 8
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, 8);
  return [
    head,
    ...named.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
};

/**
 * Writes tensors in the safetensors format, in the order of the record's keys.
 * @throws InvalidArgumentError when a tensor's data does not fit its shape or dtype.
 * @see https://github.com/huggingface/safetensors#format
 */
export const encodeSafetensors = (tensors: Tensors, metadata: Metadata = {}): Uint8Array => {
  const pieces = safetensorsPieces(tensors, metadata);
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
};

/** A view where the bytes are aligned for it, a copy where they are not. */
const aligned = (bytes: Uint8Array): Uint8Array =>
  bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);

/** The tensor of an entry whose bytes these are, as a view of them where that is possible. */
export const readTensorBytes = (entry: TensorEntry, bytes: Uint8Array, fail: Fail): TensorData => {
  const { shape, dtype, name } = entry;
  const read = dtypes[dtype]?.read;
  if (read === undefined) {
    return fail(`tensor "${name}" is ${dtype}, which can't be read; convert it to F32, F16 or BF16`);
  }
  const data = read(aligned(bytes), name, fail);
  return data instanceof Float32Array ? { dtype: "float32", shape, data } : { dtype: "int32", shape, data };
};

/** The error of a damaged file. */
export const safetensorsFailure =
  (path: string): Fail =>
  (problem) => {
    const message = `not a readable safetensors file: ${problem}. Fetch or save it again.`;
    throw new CheckpointError({ path, message });
  };

/**
 * Reads a safetensors file: floats of 8 to 64 bits as float32, integers and truth values as int32 where they fit.
 *
 * The whole header is checked before anything is allocated, and never more than the file's own size times four.
 * The results may share memory with `bytes`.
 *
 * @param path  for error messages.
 * @throws CheckpointError naming the problem when the file is damaged or is none.
 */
export const decodeSafetensors = (bytes: Uint8Array, path: string): DecodedSafetensors => {
  const fail = safetensorsFailure(path);
  const { entries, metadata, dataStart } = parseSafetensorsHeader(bytes, fail);
  const tensors = entries.map((entry): [string, TensorData] => {
    const part = bytes.subarray(dataStart + entry.begin, dataStart + entry.end);
    return [entry.name, readTensorBytes(entry, part, fail)];
  });
  return { tensors: Object.fromEntries(tensors), metadata };
};
