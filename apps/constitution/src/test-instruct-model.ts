/** Makes a tiny instruct model of random weights, over bytes, with a chat template: FOLDER BACKEND. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startBackend } from "@accord-rl/backend";
import { createRandom } from "@accord-rl/core";
import { createTransformer, saveHuggingFace } from "@accord-rl/language-model";

/** Byte-level vocabularies write each byte as a letter that can be seen. */
const byteLetters = (): string[] => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isSeen = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(isSeen ? byte : next++);
  });
};

const [start, end] = ["<|im_start|>", "<|im_end|>"];
const [, , folder, backend] = process.argv as [string, string, string, "wasm" | "native"];
await startBackend({ backend });
mkdirSync(folder, { recursive: true });
const model = createTransformer(
  {
    vocabularySize: 258,
    width: 16,
    hiddenWidth: 24,
    layers: 1,
    heads: 2,
    keyValueHeads: 2,
    contextLength: 2048,
    ropeTheta: 10_000,
    ropeLayout: "half",
    normEpsilon: 1e-5,
    tiedOutput: false,
  },
  createRandom(5),
);
await saveHuggingFace(model, folder);
const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
writeFileSync(
  join(folder, "tokenizer.json"),
  JSON.stringify({
    version: "1.0",
    added_tokens: [start, end].map((content, i) => ({ id: 256 + i, content, ...flags })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      vocab: Object.fromEntries([...byteLetters(), start, end].map((letter, id) => [letter, id])),
      merges: [],
    },
  }),
);
writeFileSync(
  join(folder, "tokenizer_config.json"),
  JSON.stringify({
    eos_token: end,
    chat_template:
      "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
  }),
);
