import { createSplitter } from "./split-at.ts";

/** A part of a text that is encoded as one. */
export interface EncodedPart {
  readonly text: string;
  /** Nothing but text, even where it spells out special tokens. */
  readonly isPlain: boolean;
}

/** Where parts that are nothing but text begin and end in the whole. */
export const plainRanges = (parts: readonly EncodedPart[]): readonly (readonly [number, number])[] => {
  let end = 0;
  return parts.flatMap(({ text, isPlain }) => {
    const start = end;
    end += text.length;
    return isPlain && text !== "" ? [[start, end] as const] : [];
  });
};

/** Whether a range meets one of the others, which are in order. */
export const meetsRange = (
  ranges: readonly (readonly [number, number])[],
  start: number,
  end: number,
): boolean => {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as readonly [number, number])[1] <= start) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range !== undefined && range[0] < end;
};

/**
 * Encodes texts whose parts may hold special tokens, for tokenizers that know nothing of the space around these.
 *
 * @param encode  the tokens of a text, none of them special
 */
export const createPartsEncoder = (
  specialTokens: ReadonlyMap<string, number>,
  encode: (text: string) => readonly number[],
): ((parts: readonly EncodedPart[]) => number[]) => {
  const split = createSplitter(specialTokens.keys());
  return (parts) => {
    const runs: (readonly number[])[] = [];
    let text = "";
    const flush = () => {
      runs.push(encode(text));
      text = "";
    };
    for (const part of parts) {
      for (const piece of part.isPlain ? [{ text: part.text, isName: false }] : split(part.text)) {
        if (piece.isName) {
          flush();
          runs.push([specialTokens.get(piece.text) as number]);
        } else text += piece.text;
      }
    }
    flush();
    return runs.flat();
  };
};
