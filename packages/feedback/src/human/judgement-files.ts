import { writeFileAtomic } from "@accord-rl/files";
import { readTextFile } from "../read-json-file.ts";
import { accordFormat } from "./formats/accord.ts";
import type { JudgementFormat } from "./formats/format.ts";
import { parseJsonRows } from "./json-rows.ts";
import type { Judgement } from "./judgement.ts";

/** @throws DataError with the line. @param path  what errors name. */
export const parseJudgements = (
  text: string,
  path: string,
  format: JudgementFormat = accordFormat,
): Judgement[] => parseJsonRows(text, path).map((row) => format.parse(row, path));

/**
 * Reads judgements from a JSON-lines file.
 *
 * @param format  accordFormat (default), hhFormat, trlFormat or summarizeFormat.
 * @throws DataError with the line.
 */
export const readJudgements = (path: string, format: JudgementFormat = accordFormat): Judgement[] =>
  parseJudgements(readTextFile(path), path, format);

/** One line of JSON for each judgement that the format can say, and how many it can't. */
export const formatJudgements = (
  judgements: readonly Judgement[],
  format: JudgementFormat = accordFormat,
): { readonly text: string; readonly omitted: number } => {
  const rows = judgements.map((judgement) => format.format(judgement)).filter((row) => row !== null);
  return {
    text: rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
    omitted: judgements.length - rows.length,
  };
};

/**
 * Writes judgements to a JSON-lines file, in one step.
 *
 * @returns how many the format couldn't say: ties, and rankings outside our own format.
 */
export const writeJudgements = async (
  path: string,
  judgements: readonly Judgement[],
  format: JudgementFormat = accordFormat,
): Promise<{ readonly omitted: number }> => {
  const { text, omitted } = formatJudgements(judgements, format);
  await writeFileAtomic(path, text);
  return { omitted };
};
