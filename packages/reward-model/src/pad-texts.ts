import { type Compile, interpret, type TokenSequence } from "@accord-rl/core";
import { padSequences } from "@accord-rl/math";

/** Texts are padded to multiples of this many tokens where a forward pass is compiled: it is recorded once per shape. */
const roundedLength = 8;

/** Pads on the right; a compiled model sees few lengths, none beyond its context. */
export const padTexts = (
  texts: readonly TokenSequence[],
  { contextLength, compile = interpret }: { contextLength: number; compile?: Compile | undefined },
): ReturnType<typeof padSequences> => {
  if (compile === interpret) return padSequences(texts, { side: "right" });
  const longest = Math.max(...texts.map(({ length }) => length));
  const rounded = Math.ceil(longest / roundedLength) * roundedLength;
  return padSequences(texts, { side: "right", length: Math.min(rounded, contextLength) });
};
