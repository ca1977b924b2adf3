import { CheckpointError, createRandom, type Random } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import golden from "./__fixtures__/small-tokenizers.json" with { type: "json" };
import { parseTokenizerJson } from "./bpe/tokenizer-json.ts";
import type { GgufMetadata } from "./gguf/gguf-metadata.ts";
import { tokenizerFromGguf } from "./gguf/gguf-tokenizer.ts";
import { smallFile, smallGguf, smallScoredGguf } from "./test-small-tokenizers.ts";

const awkward = [
  null,
  true,
  -1,
  0,
  1.5,
  2 ** 24,
  2 ** 31,
  2 ** 53,
  1e300,
  "",
  "x",
  "__proto__",
  "▁",
  "(",
  "(\\p{L}+)+$",
  "[",
  "\\",
  "Sequence",
  "ByteLevel",
  "Split",
  "BPE",
  "Removed",
  "\uD83D",
  [],
  [[]],
  [null],
  ["a b c"],
  {},
  { type: "Split" },
  { Regex: "a|*" },
  { Regex: "(?<a>x)" },
  { String: "" },
  { content: "a", id: 2 ** 40 },
];

type Node = Record<string, unknown>;

/** A place in a file, drawn level by level, so that the few fields above are met as often as the many tokens below. */
const drawPlace = (root: Node, random: Random): [holder: Node, key: string] => {
  let holder = root;
  for (;;) {
    const keys = Object.keys(holder);
    const key = keys[random.integer(keys.length)]!;
    const below = holder[key];
    const isHolder = typeof below === "object" && below !== null && !ArrayBuffer.isView(below);
    if (!isHolder || Object.keys(below).length === 0 || random.integer(3) === 0) return [holder, key];
    holder = below as Node;
  }
};

const change = (root: Node, random: Random): void => {
  const [holder, key] = drawPlace(root, random);
  const [other, otherKey] = drawPlace(root, random);
  const kind = random.integer(4);
  if (kind === 0) delete holder[key];
  else if (kind === 1) holder[key] = structuredClone(other[otherKey]);
  else holder[key] = structuredClone(awkward[random.integer(awkward.length)]);
};

const text = "Hello  world, it's 1234!\r\n naïve 東京 🙂<|im_start|></s>▁<0x0A>\u0000".repeat(2);

/** @returns how many were refused; all others encode and decode. */
const countRefused = (
  count: number,
  read: (random: Random) => ReturnType<typeof tokenizerFromGguf>,
): number => {
  let refused = 0;
  for (let i = 0; i < count; i++) {
    try {
      const { encode, decode, vocabularySize } = read(createRandom(i));
      const tokens = encode(text);
      expect(tokens.every((token) => Number.isInteger(token) && token >= 0 && token < vocabularySize)).toBe(
        true,
      );
      expect(typeof decode(tokens)).toBe("string");
    } catch (error) {
      if (!CheckpointError.isInstance(error)) throw new Error(`case ${i}`, { cause: error });
      expect(error.message.length).toBeLessThan(1000);
      refused++;
    }
  }
  return refused;
};

const { byteLevel, spaced } = golden.outputs;
const files = [
  ...Object.values(byteLevel).map((pipeline) => smallFile("byteLevel", pipeline)),
  ...Object.values(spaced).map((pipeline) => smallFile("spaced", pipeline)),
].map((file) => ({ ...file, model: { ...file.model, merges: file.model.merges.slice(0, 30) } }));

describe("500 tokenizers with a part changed are refused by name, or work", () => {
  it("tokenizer.json", () => {
    const refused = countRefused(500, (random) => {
      const file = structuredClone(files[random.integer(files.length)]!);
      for (let n = 1 + random.integer(3); n > 0; n--) change(file, random);
      return parseTokenizerJson({ tokenizer: JSON.stringify(file) }, "tokenizer.json");
    });
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(490);
  });
  it("its configuration", () => {
    const config = {
      bos_token: "<|im_start|>",
      eos_token: { content: "<|im_end|>" },
      add_bos_token: true,
      chat_template: [{ name: "default", template: "x" }],
    };
    const whole = { config, generationConfig: { eos_token_id: [1, 2] } };
    const refused = countRefused(200, (random) => {
      const changed = structuredClone(whole);
      change(changed, random);
      const [configText, generationConfig] = [changed.config, changed.generationConfig].map((part) =>
        part === undefined ? undefined : JSON.stringify(part),
      );
      const tokenizer = JSON.stringify(files[0]);
      return parseTokenizerJson({ tokenizer, config: configText, generationConfig }, "tokenizer.json");
    });
    expect(refused).toBeLessThan(190);
  });
  it("metadata", () => {
    const whole = [
      smallGguf({ "tokenizer.ggml.bos_token_id": 600, "tokenizer.ggml.add_bos_token": true }),
      smallScoredGguf(),
    ];
    const refused = countRefused(500, (random) => {
      const metadata = structuredClone(whole[random.integer(2)]!) as Node;
      for (let n = 1 + random.integer(3); n > 0; n--) change(metadata, random);
      return tokenizerFromGguf(metadata as GgufMetadata, "x.gguf");
    });
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(490);
  });
});
