import type { Compile, Random, Tokenizer } from "@accord-rl/core";
import { createTextPolicy, type Transformer } from "@accord-rl/language-model";

const batchSize = 50;

/** How stories begin that the pretrained model writes by itself, from nothing but the begin token. */
export const writeStories = async (
  model: Transformer,
  {
    tokenizer,
    count,
    tokens,
    random,
    compile,
  }: {
    readonly tokenizer: Tokenizer;
    readonly count: number;
    readonly tokens: number;
    readonly random: Random;
    readonly compile: Compile;
  },
): Promise<string[]> => {
  const author = createTextPolicy(model, { compile });
  const prompts = Array.from({ length: batchSize }, () => [tokenizer.beginToken ?? 0]);
  const stories: string[] = [];
  while (stories.length < count) {
    const { responses } = await author.generate(prompts, { maxNewTokens: tokens, random });
    for (const response of responses) stories.push(tokenizer.decode(response).trim());
  }
  return stories.slice(0, count);
};
