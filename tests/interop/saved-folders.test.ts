import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, type Tokenizer } from "@accord-rl/core";
import {
  createTextPolicy,
  createTransformer,
  loadTokenizer,
  saveHuggingFace,
  type Transformer,
  type TransformerConfig,
} from "@accord-rl/language-model";
import {
  createChatTemplate,
  type ModelTokenizer,
  parseLlama2cTokenizer,
  tokenizerFromGguf,
} from "@accord-rl/tokenizers";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askTransformers, type PipelineAnswer, type PipelineRequest } from "./python.ts";
import { byteLevelFiles, llama2cBytes, scoredMetadata, smolMetadata, texts } from "./small-tokenizers.ts";

/**
 * A Llama whose numbers are large enough to prefer some tokens clearly, but none that is a part of a character: programs
 * differ in how they write bytes that are no text.
 */
const modelFor = ({ vocabularySize, decode }: Tokenizer, seed: number) => {
  const config: TransformerConfig = {
    vocabularySize,
    width: 32,
    hiddenWidth: 64,
    layers: 2,
    heads: 4,
    keyValueHeads: 2,
    contextLength: 512,
    ropeTheta: 10_000,
    ropeLayout: "interleaved",
    normEpsilon: 1e-5,
    tiedOutput: true,
  };
  const model = createTransformer(config, createRandom(seed));
  for (const variable of Object.values(model.parameters)) {
    if (variable.rank > 1) variable.assign(tf.mul(variable, 12));
  }
  const isWhole = Array.from({ length: vocabularySize }, (_, id) =>
    decode([id]).includes("\uFFFD") ? 0 : 1,
  );
  const { embedding } = model.parameters;
  embedding?.assign(tf.mul(embedding, tf.tensor2d(isWhole, [vocabularySize, 1])));
  return model;
};

const tokens = 12;
const prompts = ["Once upon a time", "The quick brown fox; 1,234 and émigré"];
const conversation = [{ role: "user" as const, content: "Say something short." }];

interface Case {
  readonly tokenizer: Tokenizer & Partial<ModelTokenizer>;
  /** transformers drops a space at the beginning of whatever it decodes, as sentencepiece does. */
  readonly dropsSpace?: boolean;
}

const cases: Record<string, Case> = {
  "GGUF's byte-level vocabulary with a chat template": {
    tokenizer: tokenizerFromGguf(smolMetadata, "small.gguf"),
  },
  "GGUF's sentencepiece vocabulary": {
    tokenizer: tokenizerFromGguf(scoredMetadata, "small.gguf"),
    dropsSpace: true,
  },
  "llama2.c's tokenizer.bin": {
    tokenizer: parseLlama2cTokenizer(llama2cBytes, "tokenizer.bin"),
    dropsSpace: true,
  },
};
const fromFolder = "a byte-level tokenizer.json with a chat template";

let folder: string;
let answers: Awaited<ReturnType<typeof askTransformers>>;
const models: Record<string, Transformer> = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "accord-interop-"));
  const source = join(folder, "source");
  await mkdir(source);
  for (const [name, text] of Object.entries(byteLevelFiles)) await writeFile(join(source, name), text);
  cases[fromFolder] = { tokenizer: await loadTokenizer(source) };
  const folders: Record<string, PipelineRequest["folders"][string]> = {};
  for (const [index, [name, { tokenizer }]] of Object.entries(cases).entries()) {
    const path = join(folder, String(index));
    models[name] = modelFor(tokenizer, 3);
    await saveHuggingFace(models[name], path, { tokenizer });
    folders[name] = { folder: path, prompts, chats: tokenizer.chatTemplate ? [conversation] : [] };
  }
  answers = await askTransformers({ folders, texts, tokens });
}, 600_000);
afterAll(() => rm(folder, { recursive: true }));

describe.each([...Object.keys(cases), fromFolder])("a folder with %s", (name) => {
  const parts = () => {
    const { tokenizer, dropsSpace = false } = cases[name] as Case;
    const { beginToken: begin, endToken: end, stopTokens = end === null ? [] : [end] } = tokenizer;
    const begun = (text: string) => [...(begin === null ? [] : [begin]), ...tokenizer.encode(text)];
    const policy = createTextPolicy(models[name] as Transformer, { stopTokens });
    const write = async (prompt: readonly number[]) => {
      const options = { maxNewTokens: tokens, greedy: true, random: createRandom(1) };
      const { responses } = await policy.generate([prompt], options);
      const text = tokenizer.decode(responses[0] ?? []);
      return dropsSpace ? text.replace(/^ /, "") : text;
    };
    return { tokenizer, stopTokens, begun, write, answer: answers[name] as PipelineAnswer };
  };

  it(`is read by AutoTokenizer to the same tokens of ${texts.length} texts, and the same special ones`, () => {
    const { tokenizer, stopTokens, begun, answer } = parts();
    for (const [i, text] of texts.entries()) {
      expect(answer.ids[i], JSON.stringify(text)).toEqual(tokenizer.encode(text));
    }
    expect(answer.begun).toEqual(begun("a"));
    const stop = stopTokens.length === 1 ? stopTokens[0] : stopTokens;
    expect([answer.eos, answer.generation_eos]).toEqual([stop, stop]);
  });

  it("is continued by pipeline with the same greedy text", async () => {
    const { begun, write, answer } = parts();
    for (const [i, prompt] of prompts.entries()) expect(answer.written[i]).toBe(await write(begun(prompt)));
  });

  it("answers conversations alike, where it has a template", async () => {
    const { tokenizer, write, answer } = parts();
    if (!tokenizer.chatTemplate) return expect(answer.chats).toEqual([]);
    const ids = createChatTemplate({ tokenizer: tokenizer as ModelTokenizer }).encode(conversation);
    expect(answer.chats).toEqual([ids]);
    expect(answer.answered).toEqual([await write(ids)]);
  });
});
