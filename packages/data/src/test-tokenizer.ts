import type { Tokenizer } from "@accord-rl/core";

/** A tokenizer whose tokens are the characters' codes: what it gives can be read in a test. */
export const characterTokenizer = ({
  beginToken = 1,
  endToken = 2,
}: {
  beginToken?: number | null;
  endToken?: number | null;
} = {}): Tokenizer => ({
  vocabularySize: 2 ** 16,
  beginToken,
  endToken,
  encode: (text) => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)),
  decode: (tokens) => String.fromCharCode(...Array.from(tokens)),
});

/** As above, but "ab" is one token: what two texts become depends on whether they are encoded as one. */
export const mergingTokenizer = (): Tokenizer => {
  const characters = characterTokenizer();
  return {
    ...characters,
    encode: (text) => characters.encode(text.replaceAll("ab", "ﬀ")),
    decode: (tokens) => characters.decode(tokens).replaceAll("ﬀ", "ab"),
  };
};
