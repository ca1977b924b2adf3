/** A token that stands beside the model's own. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** No text becomes it: only what a chat template itself writes. */
  readonly special: boolean;
  /** Looked for in the text as it is, or as the normalizer leaves it. */
  readonly normalized: boolean;
  /** Takes the white space before, or after, with it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Not found inside of a word. */
  readonly singleWord: boolean;
}

/** A part of a text: an added token, or what stands between. */
export interface Section {
  readonly start: number;
  readonly end: number;
  readonly token: AddedToken | null;
}

interface TrieNode {
  readonly next: Map<number, TrieNode>;
  token?: AddedToken;
}

/** As Rust's regular expressions have `\w` and `\s`. */
const wordAtStart = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const wordAtEnd = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const spaceAt = /\p{White_Space}/u;

const buildTrie = (tokens: readonly (readonly [string, AddedToken])[]): TrieNode => {
  const root: TrieNode = { next: new Map() };
  for (const [content, token] of tokens) {
    let node = root;
    for (let i = 0; i < content.length; i++) {
      const code = content.charCodeAt(i);
      const next: TrieNode = node.next.get(code) ?? { next: new Map() };
      node.next.set(code, next);
      node = next;
    }
    node.token ??= token;
  }
  return root;
};

const isInWord = (text: string, start: number, end: number): boolean =>
  wordAtEnd.test(text.slice(Math.max(0, start - 2), start)) || wordAtStart.test(text.slice(end, end + 2));

/** The section that a token takes: with the white space around it that belongs to it. */
const widen = (text: string, token: AddedToken, start: number, end: number, from: number): Section => {
  let [first, last] = [start, end];
  while (token.lstrip && first > from && spaceAt.test(text[first - 1] as string)) first--;
  while (token.rstrip && last < text.length && spaceAt.test(text[last] as string)) last++;
  return { start: first, end: last, token };
};

/**
 * Finds added tokens in texts as Hugging Face's tokenizers do: the leftmost, and the longest where several begin.
 *
 * @param tokens  with the text that each is looked for as
 */
export const createTokenFinder = (tokens: readonly (readonly [string, AddedToken])[]) => {
  const root = buildTrie(tokens.filter(([content]) => content !== ""));
  /** @param isAllowed  whether a token may stand between two positions */
  return (text: string, isAllowed: (token: AddedToken, start: number, end: number) => boolean): Section[] => {
    const sections: Section[] = [];
    let from = 0;
    for (let at = 0; root.next.size > 0 && at < text.length; ) {
      let found: Section | undefined;
      let node = root.next.get(text.charCodeAt(at));
      for (let end = at + 1; node !== undefined; end++) {
        const { token } = node;
        if (token !== undefined && isAllowed(token, at, end)) found = { start: at, end, token };
        node = end < text.length ? node.next.get(text.charCodeAt(end)) : undefined;
      }
      if (found?.token && !(found.token.singleWord && isInWord(text, found.start, found.end))) {
        const section = widen(text, found.token, found.start, found.end, from);
        if (from < section.start) sections.push({ start: from, end: section.start, token: null });
        sections.push(section);
        from = section.end;
      }
      at = Math.max(found?.end ?? at + 1, from);
    }
    if (from < text.length) sections.push({ start: from, end: text.length, token: null });
    return sections;
  };
};
