import { InvalidArgumentError } from "@accord-rl/core";

/** @throws InvalidArgumentError always. */
export const reject = (where: string, argument: string, value: unknown, message: string): never => {
  throw new InvalidArgumentError({ argument, value, message: `${where}: ${message}` });
};

/** @throws InvalidArgumentError unless the value is a positive integer. */
export const checkCount = (where: string, argument: string, value: number): void => {
  if (!Number.isInteger(value) || value < 1) {
    reject(where, argument, value, `${argument} is ${value}, expected a positive integer`);
  }
};

/** @throws InvalidArgumentError unless each is a token id of the vocabulary. */
export const checkTokens = (
  where: string,
  argument: string,
  tokens: readonly number[],
  vocabularySize: number,
): void => {
  for (const token of tokens) {
    if (!Number.isInteger(token) || token < 0 || token >= vocabularySize) {
      reject(
        where,
        argument,
        token,
        `${argument} holds ${token}, expected ids from 0 to ${vocabularySize - 1}`,
      );
    }
  }
};
