import { readFile } from "node:fs/promises";
import { DataError } from "@accord-rl/core";
import { reasonOf } from "./stream-text.ts";

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
  /<BIBLEBOOK\b[^>]*\bbnumber="(\d+)"|<CHAPTER\b[^>]*\bcnumber="(\d+)"|<VERS\b[^>]*\bvnumber="(\d+)"[^>]*>([\s\S]*?)<\/VERS>/g;

/**
 * Reads books in Zefania XML.
 * @returns verses by "book:chapter:verse", in order. @throws DataError when a file holds none.
 */
export const loadVerses = async (paths: readonly string[]): Promise<Map<string, string>> => {
  const verses = new Map<string, string>();
  for (const path of paths) {
    const xml = await readFile(path, "utf8").catch((cause: unknown) => {
      throw new DataError({ path, message: `can't be read (${reasonOf(cause)})`, cause });
    });
    let [book, chapter, found] = ["", "", 0];
    for (const [, bookNumber, chapterNumber, verse, content = ""] of xml.matchAll(marks)) {
      if (bookNumber !== undefined) book = bookNumber;
      else if (chapterNumber !== undefined) chapter = chapterNumber;
      else {
        verses.set(`${book}:${chapter}:${verse}`, verseText(content));
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
