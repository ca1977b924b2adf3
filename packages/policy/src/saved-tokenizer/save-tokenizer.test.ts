import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError, type Tokenizer } from "@accord-rl/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { saveHuggingFace } from "../hugging-face/save.ts";
import { loadModel } from "../load-model.ts";
import { tinyTransformer } from "../tiny-transformer.ts";
import { tokenizerFromGguf } from "../tokenizer/gguf-tokenizer.ts";
import { loadTokenizer } from "../tokenizer/load-tokenizer.ts";
import { smallGguf, smallScoredGguf, smallTokenizer } from "../tokenizer/test-small-tokenizers.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "accord-tokenizer-"));
});
afterAll(() => rm(folder, { recursive: true }));

const save = async (name: string, tokenizer: Tokenizer, generation = {}) => {
  const path = join(folder, name);
  const model = tinyTransformer({ vocabularySize: tokenizer.vocabularySize });
  await saveHuggingFace(model, path, { tokenizer, generation });
  model.dispose();
  return path;
};
const texts = ["", " a", "Hello  world, 1234!\n\tx", "日本 🦙 é", "=====", "<s> <|im_end|>"];

// tests/interop compares the same folders with transformers.
describe("a tokenizer that is saved with a model comes back as it was:", () => {
  it.each([
    ["from tokenizer.json", smallTokenizer({ chat_template: "{{ messages }}" })],
    [
      "from a byte-level GGUF",
      tokenizerFromGguf(smallGguf({ "tokenizer.chat_template": "{{ 1 }}" }), "a.gguf"),
    ],
    ["from a scored GGUF", tokenizerFromGguf(smallScoredGguf(), "b.gguf")],
  ])("%s", async (name, tokenizer) => {
    const again = await loadTokenizer(await save(name, tokenizer));
    for (const text of texts)
      expect(again.encode(text), JSON.stringify(text)).toEqual(tokenizer.encode(text));
    const { beginToken, endToken, stopTokens, chatTemplate } = tokenizer;
    expect(again).toMatchObject({ beginToken, endToken, stopTokens, chatTemplate });
  });
});

it("special tokens that nobody gave are the tokenizer's", async () => {
  const tokenizer = smallTokenizer();
  const { model, generation } = await loadModel(await save("ends", tokenizer, { temperature: 0.5 }));
  const { beginToken, stopTokens } = tokenizer;
  expect(generation).toEqual({ beginToken, stopTokens, temperature: 0.5 });
  model.dispose();
  const config = JSON.parse(await readFile(join(folder, "ends/config.json"), "utf8"));
  expect(config.eos_token_id).toBe(tokenizer.endToken);
});

it("a tokenizer that came from no file is refused", async () => {
  const { files, ...made } = smallTokenizer();
  await expect(save("made", made)).rejects.toBeInstanceOf(InvalidArgumentError);
});
