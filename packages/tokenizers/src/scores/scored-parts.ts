/** A piece of a sentencepiece vocabulary, as a file spells it: spaces as "▁". */
export interface SpelledPiece {
  readonly token: string;
  readonly score: number;
  /** Texts can be merged to it. */
  readonly isText: boolean;
}

const byteName = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;

/** The 256 tokens of bytes by the names that tokenizer.json wants. */
export const byteNames: readonly string[] = Array.from({ length: 256 }, (_, byte) => byteName(byte));

/**
 * Merges that make the same pieces as their scores do: every way to cut a piece in two pieces, the best piece first, and
 * of one piece the longest left part, as transformers' own conversion has it.
 */
const mergesOf = (
  pieces: readonly SpelledPiece[],
  vocab: ReadonlyMap<string, number>,
): [string, string][] => {
  const isText = (token: string): boolean => pieces[vocab.get(token) ?? -1]?.isText === true;
  const merges: { readonly pair: [string, string]; readonly score: number }[] = [];
  pieces.forEach(({ token, score, isText: canBeMade }, id) => {
    if (!canBeMade || vocab.get(token) !== id) return;
    const characters = Array.from(token);
    for (let cut = 1; cut < characters.length; cut++) {
      const pair: [string, string] = [characters.slice(0, cut).join(""), characters.slice(cut).join("")];
      if (pair.every(isText)) merges.push({ pair, score });
    }
  });
  const order = (a: (typeof merges)[number], b: (typeof merges)[number]) =>
    b.score - a.score || b.pair[0].length - a.pair[0].length;
  return merges.sort(order).map(({ pair }) => pair);
};

/** Normalizer, model and decoder of a tokenizer.json that does what sentencepiece does with these pieces. */
export const scoredParts = (
  pieces: readonly SpelledPiece[],
  { unknown, addsSpace }: { readonly unknown: string | null; readonly addsSpace: boolean },
) => {
  const vocab = new Map<string, number>();
  pieces.forEach(({ token }, id) => {
    if (!vocab.has(token)) vocab.set(token, id);
  });
  const replace = (from: string, to: string) => ({ type: "Replace", pattern: { String: from }, content: to });
  const normalizers = [...(addsSpace ? [{ type: "Prepend", prepend: "▁" }] : []), replace(" ", "▁")];
  const strip = { type: "Strip", content: " ", start: 1, stop: 0 };
  return {
    model: {
      unk_token: unknown,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: Object.fromEntries(vocab),
      merges: mergesOf(pieces, vocab),
    },
    normalizer: { type: "Sequence", normalizers },
    preTokenizer: null,
    decoder: {
      type: "Sequence",
      decoders: [
        replace("▁", " "),
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(addsSpace ? [strip] : []),
      ],
    },
  };
};
