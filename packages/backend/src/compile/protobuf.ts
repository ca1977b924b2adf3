/** A growing buffer in protocol-buffer wire format: the few field types that a TensorFlow graph needs. */
export interface ProtobufWriter {
  int(field: number, value: number): void;
  float(field: number, value: number): void;
  bytes(field: number, value: Uint8Array | string): void;
  message(field: number, write: (writer: ProtobufWriter) => void): void;
  finish(): Uint8Array;
}

const utf8 = new TextEncoder();

/** @see https://protobuf.dev/programming-guides/encoding */
export const createProtobufWriter = (): ProtobufWriter => {
  const chunks: Uint8Array[] = [];

  const varint = (value: number): void => {
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    do {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      bytes.push(rest > 0n ? low | 0x80 : low);
    } while (rest > 0n);
    chunks.push(Uint8Array.from(bytes));
  };
  const tag = (field: number, wireType: 0 | 2 | 5): void => varint(field * 8 + wireType);

  const bytes = (field: number, value: Uint8Array | string): void => {
    const content = typeof value === "string" ? utf8.encode(value) : value;
    tag(field, 2);
    varint(content.length);
    chunks.push(content);
  };

  const writer: ProtobufWriter = {
    int: (field, value) => {
      tag(field, 0);
      varint(value);
    },
    float: (field, value) => {
      tag(field, 5);
      chunks.push(new Uint8Array(Float32Array.of(value).buffer));
    },
    bytes,
    message: (field, write) => {
      const inner = createProtobufWriter();
      write(inner);
      bytes(field, inner.finish());
    },
    finish: () => {
      const result = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
      let offset = 0;
      for (const chunk of chunks) {
        result.set(chunk, offset);
        offset += chunk.length;
      }
      return result;
    },
  };
  return writer;
};
