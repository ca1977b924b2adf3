import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "@accord-rl/core";

/** Vocabularies that were trained with Rust's tokenizers and with sentencepiece. */
const small = JSON.parse(
  readFileSync(
    join(import.meta.dirname, "../../packages/tokenizers/src/__fixtures__/small-tokenizers.json"),
    "utf8",
  ),
);

const chatTemplate =
  "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/** The files of a Hugging Face folder with a byte-level vocabulary. */
export const byteLevelFiles = {
  "tokenizer.json": JSON.stringify({
    ...small.inputs.byteLevel,
    normalizer: small.outputs.byteLevel.qwen2.normalizer,
    pre_tokenizer: small.outputs.byteLevel.qwen2.pre_tokenizer,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  }),
  "tokenizer_config.json": JSON.stringify({
    tokenizer_class: "PreTrainedTokenizerFast",
    eos_token: "<|im_end|>",
    chat_template: chatTemplate,
    clean_up_tokenization_spaces: false,
  }),
};

const tokensOf = (): string[] => {
  const { model, added_tokens } = small.inputs.byteLevel;
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(model.vocab)) tokens[id as number] = token;
  for (const { content, id } of added_tokens) tokens[id] = content;
  return tokens;
};

const kinds = new Map<number, number>(
  small.inputs.byteLevel.added_tokens.map(({ id, special }: { id: number; special: boolean }) => [
    id,
    special ? 3 : 4,
  ]),
);

/** The same vocabulary as SmolLM2's GGUF has it. */
export const smolMetadata = {
  "tokenizer.ggml.model": "gpt2",
  "tokenizer.ggml.pre": "smollm",
  "tokenizer.ggml.tokens": tokensOf(),
  "tokenizer.ggml.token_type": Int32Array.from(tokensOf(), (_, id) => kinds.get(id) ?? 1),
  "tokenizer.ggml.merges": small.inputs.byteLevel.model.merges.map((pair: string[]) => pair.join(" ")),
  "tokenizer.ggml.bos_token_id": tokensOf().indexOf("<|im_start|>"),
  "tokenizer.ggml.eos_token_id": tokensOf().indexOf("<|im_end|>"),
  "tokenizer.ggml.add_bos_token": false,
  "tokenizer.chat_template": chatTemplate,
};

const pieces: readonly [text: string, score: number, kind: number][] = small.inputs.pieces;

/** A sentencepiece vocabulary as Llama 2's GGUF has it. */
export const scoredMetadata = {
  "tokenizer.ggml.model": "llama",
  "tokenizer.ggml.tokens": pieces.map(([text]) => text),
  "tokenizer.ggml.scores": Float32Array.from(pieces, ([, score]) => score),
  "tokenizer.ggml.token_type": Int32Array.from(pieces, ([, , kind]) => kind),
  "tokenizer.ggml.bos_token_id": 1,
  "tokenizer.ggml.eos_token_id": 2,
  "tokenizer.ggml.unknown_token_id": 0,
};

/** The format knows bytes by their place: they follow the three special pieces. */
const ordered = [
  ...pieces.slice(0, 3),
  ...pieces.filter(([, , kind]) => kind === 6),
  ...pieces.slice(3).filter(([, , kind]) => kind === 1),
];

/** The same vocabulary as a tokenizer.bin: a longest length, then score, length and bytes of each piece. */
export const llama2cBytes = ((): Uint8Array => {
  const encoded = ordered.map(([text, score]) => ({ score, bytes: Buffer.from(text.replaceAll("▁", " ")) }));
  const longest = Buffer.alloc(4);
  longest.writeInt32LE(Math.max(...encoded.map(({ bytes }) => bytes.length)));
  const parts = encoded.flatMap(({ score, bytes }) => {
    const head = Buffer.alloc(8);
    head.writeFloatLE(score, 0);
    head.writeInt32LE(bytes.length, 4);
    return [head, bytes];
  });
  return Buffer.concat([longest, ...parts]);
})();

const atoms = [
  ..." abcdefghijklmnopqrstuvwxyzABCDEFXYZ0123456789.,;:!?-=_'\"()/\n\té",
  "  ",
  "    ",
  "the",
  " and",
  "ing",
  "=====",
  "...",
  "日本",
  "🦙",
  "é",
  "ß",
  "Привет",
  "'s",
  " I'll",
  "\r\n",
  "12345",
];

/** Texts of all sorts, always the same. */
export const texts: readonly string[] = (() => {
  const random = createRandom(11);
  const one = () =>
    Array.from({ length: 1 + random.integer(30) }, () => atoms[random.integer(atoms.length)]).join("");
  return ["", " ", "a", " a", "Hello world.", ...Array.from({ length: 400 }, one)];
})();
