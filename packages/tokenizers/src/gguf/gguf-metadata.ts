/** Numbers of one kind, as the file has them. Its truth values are bytes of 0 and 1. */
export type GgufNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

/** A value of a GGUF file's metadata. A whole number of 64 bits is a bigint only where a number can't hold it. */
export type GgufValue = string | number | bigint | boolean | GgufNumbers | readonly GgufValue[];

/** What a GGUF file says of its model, its tokenizer and itself, by key. */
export type GgufMetadata = Readonly<Record<string, GgufValue>>;
