/** Letters and digits only, lower case: what is left when layout, punctuation and case are not looked at. */
export const normalizedText = (text: string): string =>
  text
    .toLowerCase()
    .normalize("NFKC")
    .replace(/[^\p{L}\p{N}]+/gu, "");

/** The first of all items that have the same key, in order. */
export const uniqueBy = <T>(items: readonly T[], key: (item: T) => string): T[] => {
  const seen = new Set<string>();
  return items.filter((item) => {
    const itemKey = key(item);
    return !seen.has(itemKey) && seen.add(itemKey);
  });
};
