import { DataError } from "@accord-rl/core";
import { readWholeText } from "./read-whole.ts";

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The text of a verse: without notes and tags, and without the brackets around words that a translator added. */
const verseText = (xml: string): string =>
  xml
    .replace(/<NOTE\b[^>]*>[\s\S]*?<\/NOTE>/g, "")
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:#(\d{1,6})|(\w+));/g, (whole, code: string | undefined, name: string | undefined) =>
      code === undefined ? (entities[name ?? ""] ?? whole) : String.fromCodePoint(Number(code)),
    )
    .replace(/[[\]]/g, "")
    .replace(/\s+/g, " ")
    .replace(/ ([,.;:!?])/g, "$1")
    .trim();

const marks =
  /<BIBLEBOOK\b[^>]{0,500}\bbnumber="(\d+)"|<CHAPTER\b[^>]{0,500}\bcnumber="(\d+)"|<VERS\b[^>]{0,500}\bvnumber="(\d+)"[^>]{0,500}>/g;

const verseEnd = "</VERS>";

/** More characters than any verse has. */
const longestVerse = 2 ** 14;

/**
 * Reads books in Zefania XML.
 * @returns verses by "book:chapter:verse", in order. @throws DataError when a file holds none.
 */
export const loadVerses = async (paths: readonly string[]): Promise<Map<string, string>> => {
  const verses = new Map<string, string>();
  for (const path of paths) {
    const xml = await readWholeText(path);
    let [book, chapter, found] = ["", "", 0];
    for (const mark of xml.matchAll(marks)) {
      const [tag, bookNumber, chapterNumber, verse] = mark;
      if (bookNumber !== undefined) book = bookNumber;
      else if (chapterNumber !== undefined) chapter = chapterNumber;
      else {
        const begin = mark.index + tag.length;
        const content = xml.slice(begin, begin + longestVerse);
        const end = content.indexOf(verseEnd);
        if (end < 0) throw new DataError({ path, message: `verse ${book}:${chapter}:${verse} does not end` });
        verses.set(`${book}:${chapter}:${verse}`, verseText(content.slice(0, end)));
        found += 1;
      }
    }
    if (found === 0) throw new DataError({ path, message: "holds no verse, expected Zefania XML" });
  }
  return verses;
};

/** The same sentences in two languages. */
export interface Translation {
  readonly source: string;
  readonly target: string;
}

/** Verses that both translations have, side by side, in the order of the first. */
export const alignVerses = (
  source: ReadonlyMap<string, string>,
  target: ReadonlyMap<string, string>,
): Translation[] =>
  [...source].flatMap(([key, text]) => {
    const other = target.get(key);
    return text && other ? [{ source: text, target: other }] : [];
  });
