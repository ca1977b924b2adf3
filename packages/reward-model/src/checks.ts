import { InvalidArgumentError, type TokenSequence } from "@accord-rl/core";

/** @throws InvalidArgumentError when a text is empty or longer than the model reads. */
export const checkTexts = (where: string, texts: readonly TokenSequence[], contextLength: number): void => {
  for (const [index, { length }] of texts.entries()) {
    if (length > 0 && length <= contextLength) continue;
    throw new InvalidArgumentError({
      argument: `texts[${index}]`,
      value: length,
      message: `${where}: text ${index} has ${length} tokens, expected 1 to ${contextLength}, the model's context; ${length === 0 ? "leave it out" : "cut it"}`,
    });
  }
};
