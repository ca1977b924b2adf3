import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, InvalidArgumentError, type Tokenizer } from "@accord-rl/core";
import {
  createTransformer,
  loadLlama2cTokenizer,
  loadModel,
  loadTokenizer,
  saveHuggingFace,
} from "@accord-rl/language-model";
import { parseLlama2cTokenizer, tokenizerFromGguf } from "@accord-rl/tokenizers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import golden from "../packages/tokenizers/src/__fixtures__/small-tokenizers.json" with { type: "json" };
import {
  smallFile,
  smallGguf,
  smallScoredGguf,
  smallTokenizer,
} from "../packages/tokenizers/src/test-small-tokenizers.ts";

const shape = {
  width: 12,
  hiddenWidth: 16,
  layers: 1,
  heads: 2,
  keyValueHeads: 1,
  contextLength: 12,
  ropeTheta: 10000,
  ropeLayout: "half",
  normEpsilon: 1e-5,
  tiedOutput: true,
} as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "accord-tokenizer-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("loadTokenizer", () => {
  it("reads a folder: ends and template come from the files beside", async () => {
    const model = join(folder, "model");
    await mkdir(model);
    const put = (name: string, content: string) => writeFile(join(model, name), content);
    await put("tokenizer.json", JSON.stringify(smallFile("byteLevel", golden.outputs.byteLevel.gpt2)));
    await put("special_tokens_map.json", JSON.stringify({ eos_token: { content: "<|im_end|>" } }));
    await put("tokenizer_config.json", JSON.stringify({ bos_token: "<|im_start|>", chat_template: "old" }));
    await put("generation_config.json", JSON.stringify({ eos_token_id: [601, 4] }));
    await put("chat_template.jinja", "new");
    const { beginToken, endToken, stopTokens, chatTemplate, encode } = await loadTokenizer(model);
    expect({ beginToken, endToken, chatTemplate }).toEqual({
      beginToken: 600,
      endToken: 601,
      chatTemplate: "new",
    });
    expect(stopTokens).toEqual([601, 4]);
    expect(encode("the")).toEqual((await loadTokenizer(join(model, "tokenizer.json"))).encode("the"));
  });
  it("names the file that is missing or damaged", async () => {
    await expect(loadTokenizer(join(folder, "nowhere"))).rejects.toThrow("nowhere: can't be read");
    await writeFile(join(folder, "tokenizer.json"), '{"model": ');
    await expect(loadTokenizer(folder)).rejects.toThrow("no usable tokenizer.json: it is no JSON");
  });
});

it("loadLlama2cTokenizer names a file that is missing, and reads one that is there", async () => {
  const path = join(folder, "tokenizer.bin");
  await expect(loadLlama2cTokenizer(path)).rejects.toThrow(`${path}: can't be read`);
  // Three special pieces and 256 bytes, each of one character and score 0.
  const piece = Buffer.from([0, 0, 0, 0, 1, 0, 0, 0, 97]);
  const whole = Buffer.concat([Buffer.from([1, 0, 0, 0]), ...Array<Buffer>(259).fill(piece)]);
  await writeFile(path, whole);
  const tokenizer = await loadLlama2cTokenizer(path);
  expect(tokenizer.encode("abc")).toEqual(parseLlama2cTokenizer(whole, path).encode("abc"));
});

const save = async (name: string, tokenizer: Tokenizer, generation = {}) => {
  const path = join(folder, name);
  const model = createTransformer({ ...shape, vocabularySize: tokenizer.vocabularySize }, createRandom(1));
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
