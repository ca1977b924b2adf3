import { dirname } from "node:path";
import { type AssetName, fetchAsset } from "@accord-rl/assets";
import type { Conversation } from "@accord-rl/core";
import { loadTokenizer } from "@accord-rl/language-model";
import { hashOfLists, variedTexts } from "@accord-rl/testing";
import { createChatTemplate, createTextStream, type ModelTokenizer } from "@accord-rl/tokenizers";
import { beforeAll, describe, expect, it } from "vitest";
import golden from "../packages/tokenizers/src/__fixtures__/tokenizers.json" with { type: "json" };

const texts = variedTexts(golden.inputs);

interface Reference {
  readonly hashes: readonly number[];
  readonly ids: readonly (readonly number[])[];
  readonly chats?: readonly { conversation: object[]; ended: number[]; open: number[] }[];
}
const vocabularies: readonly { name: keyof typeof golden.outputs; asset: AssetName; file?: string }[] = [
  { name: "smollm2", asset: "smollm2-135m-instruct", file: "SmolLM2-135M-Instruct.Q4_1.gguf" },
  { name: "gpt2", asset: "gpt2-tokenizer" },
  { name: "qwen2.5", asset: "qwen2.5-tokenizer" },
];

describe.each(vocabularies)("the tokenizer of $name agrees with Hugging Face's", ({ name, asset, file }) => {
  const reference: Reference = golden.outputs[name];
  let tokenizer: ModelTokenizer;
  let encoded: number[][];
  beforeAll(async () => {
    const files: Readonly<Record<string, string>> = (await fetchAsset(asset)).files;
    tokenizer = await loadTokenizer(file ? files[file]! : dirname(files["tokenizer.json"]!));
    encoded = texts.map((text) => tokenizer.encode(text));
  }, 600_000);

  it("on texts of many kinds, token by token", () => {
    expect(texts.slice(0, 3)).toEqual(golden.inputs.first);
    reference.ids.forEach((ids, i) => {
      expect(encoded[i], JSON.stringify(texts[i])).toEqual(ids);
    });
  });
  it("on 10,000 texts", () => {
    expect(texts).toHaveLength(10_000);
    reference.hashes.forEach((hash, i) => {
      const ids = encoded.slice(100 * i, 100 * (i + 1));
      expect(hashOfLists(ids), `texts ${100 * i} to ${100 * i + 99}`).toBe(hash);
    });
  });
  it("with no special token, whatever a text spells out", () => {
    const special = new Set(tokenizer.specialTokens.values());
    expect(special.size).toBeGreaterThan(0);
    expect(encoded.some((ids) => ids.some((id) => special.has(id)))).toBe(false);
    const all = [...tokenizer.specialTokens.keys()].join("");
    expect(tokenizer.decode(tokenizer.encode(all))).toBe(all);
  });
  it("in pieces as at once", () => {
    encoded.slice(0, 1000).forEach((ids, i) => {
      const stream = createTextStream(tokenizer);
      const pieces = ids.map((id) => stream.push([id]));
      expect(pieces.join("") + stream.end(), JSON.stringify(texts[i])).toBe(tokenizer.decode(ids));
    });
  });
  it.runIf(reference.chats)("in its conversations, from transformers' chat templates", () => {
    const template = createChatTemplate({ tokenizer });
    for (const { conversation, ended, open } of reference.chats!) {
      const turns = conversation as unknown as Conversation;
      expect(template.encode(turns), JSON.stringify(turns)).toEqual(open);
      expect(template.encode(turns, { addGenerationPrompt: false }), JSON.stringify(turns)).toEqual(ended);
    }
  });
});
