import type { Generation, TextSample, Tokenizer, TokenSequence } from "./text.ts";

/** The response's text as it follows the prompt: tokenizers drop a leading space when it is decoded alone. */
const responseText = (tokenizer: Tokenizer, prompt: TokenSequence, response: TokenSequence): string => {
  const tokens = Array.from(response);
  if (tokens.at(-1) === tokenizer.endToken) tokens.pop();
  const before = tokenizer.decode(prompt);
  const whole = tokenizer.decode([...Array.from(prompt), ...tokens]);
  return whole.startsWith(before) ? whole.slice(before.length) : tokenizer.decode(tokens);
};

/** A generation as reward sources and judges see it, one sample per prompt. The text shows no end token; the ids do. */
export const textSamples = (
  prompts: readonly TokenSequence[],
  { responses, finished }: Pick<Generation, "responses" | "finished">,
  tokenizer: Tokenizer,
): TextSample[] =>
  responses.map((responseTokens, i) => ({
    prompt: tokenizer.decode(prompts[i]!),
    response: responseText(tokenizer, prompts[i]!, responseTokens),
    promptTokens: prompts[i]!,
    responseTokens,
    finished: finished[i]!,
  }));
