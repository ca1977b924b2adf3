import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseTokenizerJson } from "@accord-rl/tokenizers";
import type { FuzzTarget } from "../target.ts";

const fixtures = join(import.meta.dirname, "../../../packages/tokenizers/src/__fixtures__");

/** Well-formed files of both kinds of vocabularies, with pipelines of many parts; short ones, so that damage hits all parts. */
const seeds = async (): Promise<readonly Uint8Array[]> => {
  const { inputs, outputs } = JSON.parse(await readFile(join(fixtures, "small-tokenizers.json"), "utf8"));
  const file = (family: "byteLevel" | "spaced", name: string): Uint8Array => {
    const { normalizer, pre_tokenizer } = outputs[family][name];
    const { model, added_tokens, decoder } = inputs[family];
    const merges = (model.merges as unknown[]).slice(0, 20);
    const json = { normalizer, pre_tokenizer, decoder, added_tokens, model: { ...model, merges } };
    return new Uint8Array(Buffer.from(JSON.stringify(json)));
  };
  return [
    file("byteLevel", "qwen2"),
    file("byteLevel", "deepseek"),
    file("byteLevel", "decomposed"),
    file("spaced", "llama2"),
    file("spaced", "metaspace"),
  ];
};

const text = "Hello  world, it's 1234 o'clock!\r\n\t naïve 東京 🙂<|im_start|></s> ".repeat(3);

export const tokenizer: FuzzTarget = {
  seeds,
  read: async (path, declare) => {
    const content = await readFile(path, "utf8");
    // A row of bytes and a number for each token, which may be short in the file.
    declare(16 * content.length);
    const { encode, decode } = parseTokenizerJson({ tokenizer: content }, path);
    decode(encode(text));
  },
};
