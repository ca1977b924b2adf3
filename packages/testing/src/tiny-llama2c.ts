import { createRandom } from "@accord-rl/core";

/** A tokenizer of letters: special pieces, bytes and letters, none of which merge. */
const letters = [..." abcdefghijklmnopqrstuvwxyz."];
const shape = { width: 16, hiddenWidth: 24, layers: 2, heads: 4, keyValueHeads: 2 };
const vocabularySize = 259 + letters.length;
/** Standard deviation of the first weights; Radford et al. 2019. */
const deviation = 0.02;

/** llama2.c's tokenizer.bin. */
export const tinyTokenizerFile = (): Buffer => {
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`);
  const pieces = ["<unk>", "\n<s>\n", "\n</s>\n", ...bytes, ...letters].map((piece) => {
    const head = Buffer.alloc(8);
    head.writeInt32LE(Buffer.byteLength(piece), 4);
    return Buffer.concat([head, Buffer.from(piece)]);
  });
  return Buffer.concat([Buffer.from([7, 0, 0, 0]), ...pieces]);
};

/** llama2.c's model.bin with random weights: the header, then each kind of weight for all layers together. */
export const tinyModelFile = (contextLength: number): Buffer => {
  const { width, hiddenWidth, layers, heads, keyValueHeads } = shape;
  const random = createRandom(3);
  const ones = (length: number) => new Float32Array(length).fill(1);
  const normal = (length: number) => Float32Array.from({ length }, () => deviation * random.normal());
  const headSize = width / heads;
  const narrow = keyValueHeads * headSize;
  const weights = [
    normal(vocabularySize * width),
    ones(layers * width), // norm before attention
    normal(layers * width * width), // queries
    normal(layers * narrow * width), // keys
    normal(layers * narrow * width), // values
    normal(layers * width * width), // output
    ones(layers * width), // norm before the feed-forward part
    normal(layers * hiddenWidth * width), // gate
    normal(layers * width * hiddenWidth), // down
    normal(layers * hiddenWidth * width), // up
    ones(width),
    new Float32Array(contextLength * headSize), // tables of angles, which readers skip
  ];
  const header = Int32Array.of(
    ...[width, hiddenWidth, layers, heads, keyValueHeads, vocabularySize, contextLength],
  );
  return Buffer.concat([header, ...weights].map(({ buffer }) => Buffer.from(buffer)));
};
