import type { JsonRow } from "../json-rows.ts";
import type { Judgement } from "../judgement.ts";

/** A way in which judgements stand in a JSON-lines file, one per line. */
export interface JudgementFormat {
  /** @throws DataError with the line. */
  parse(row: JsonRow, path: string): Judgement;
  /** What is written for a judgement; null where the format can't say it, as most can't a tie. */
  format(judgement: Judgement): unknown;
}

/** The worker of rows that name none. */
export const unknownWorker = "unknown";
