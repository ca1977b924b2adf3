import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, type Conversation, InvalidArgumentError } from "@accord-rl/core";
import { createChatTemplate, parseTokenizerJson } from "@accord-rl/tokenizers";
import type { FuzzTarget } from "../target.ts";

const fixtures = join(import.meta.dirname, "../../../packages/tokenizers/src/__fixtures__");
const readFixture = async (name: string) => JSON.parse(await readFile(join(fixtures, name), "utf8"));

/** Templates in the style of many models. */
const seeds = async (): Promise<readonly Uint8Array[]> => {
  const { inputs } = await readFixture("chat-templates.json");
  return (Object.values(inputs.templates) as string[]).map(
    (template) => new Uint8Array(Buffer.from(template)),
  );
};

const loadTokenizer = async () => {
  const { inputs, outputs } = await readFixture("small-tokenizers.json");
  const { normalizer, pre_tokenizer } = outputs.byteLevel.qwen2;
  const tokenizer = JSON.stringify({ ...inputs.byteLevel, normalizer, pre_tokenizer });
  const config = JSON.stringify({ bos_token: "<|im_start|>", eos_token: "<|im_end|>" });
  return parseTokenizerJson({ tokenizer, config }, "tokenizer.json");
};

const conversation: Conversation = [
  { role: "user", content: "Hello, 'you' {{ 7*7 }} <|im_start|> /no_think" },
  { role: "assistant", content: "<think>\nHm.\n</think>\n\nYes, 東京 🙂." },
  { role: "user", content: " \n" },
];
let tokenizer: ReturnType<typeof loadTokenizer> | undefined;

export const template: FuzzTarget = {
  seeds,
  read: async (path, declare) => {
    tokenizer ??= loadTokenizer();
    const loaded = await tokenizer;
    const text = await readFile(path, "utf8");
    // A table of dead ends for what is written, which may be longer than the template.
    declare(2 ** 24);
    try {
      const { encode } = createChatTemplate({ tokenizer: loaded, template: text });
      loaded.decode(encode(conversation));
    } catch (error) {
      if (!InvalidArgumentError.isInstance(error)) throw error;
      throw new CheckpointError({ path, message: error.message });
    }
  },
};
