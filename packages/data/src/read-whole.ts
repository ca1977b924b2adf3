import { DataError } from "@accord-rl/core";
import { parseRecord } from "./parse-record.ts";
import { checkRecordLength, streamText } from "./stream-text.ts";

/** All text of a file that is no list of records. @throws DataError when it can't be read, or is too long to hold. */
export const readWholeText = async (path: string): Promise<string> => {
  const parts: string[] = [];
  let length = 0;
  for await (const piece of streamText(path)) {
    parts.push(piece);
    length += piece.length;
    checkRecordLength(length, path);
  }
  return parts.join("");
};

/** The value of a JSON file that is no list of records. @throws DataError. */
export const readWholeJson = async (path: string): Promise<unknown> =>
  parseRecord(await readWholeText(path), (message, cause) => {
    throw new DataError({ path, message, cause });
  });
