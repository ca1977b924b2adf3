import { DataError } from "@accord-rl/core";
import { z } from "zod";
import { contentId } from "../human/content-id.ts";
import { splitTranscriptPair } from "../human/formats/transcript.ts";
import { type JsonRow, parseJsonRows, parseRow } from "../human/json-rows.ts";
import type { ResponsePair } from "../pair.ts";
import { readTextFile } from "../read-json-file.ts";

const context = { id: z.string().min(1).optional(), prompt: z.string().optional() };
const byResponses = z.object({ ...context, responses: z.tuple([z.string(), z.string()]) });
const byOrder = z.object({ ...context, first: z.string(), second: z.string() });
const byPreference = z.object({ ...context, chosen: z.string(), rejected: z.string() });

interface ReadPair {
  readonly id?: string | undefined;
  readonly prompt?: string | undefined;
  readonly responses: readonly [string, string];
}

const parsePair = (row: JsonRow, path: string): ReadPair => {
  const fields = typeof row.value === "object" && row.value !== null ? row.value : {};
  if ("responses" in fields) return parseRow(byResponses, row, path);
  if ("first" in fields) {
    const { first, second, ...rest } = parseRow(byOrder, row, path);
    return { ...rest, responses: [first, second] };
  }
  if ("chosen" in fields) {
    const { chosen, rejected, ...rest } = parseRow(byPreference, row, path);
    const split = rest.prompt === undefined ? splitTranscriptPair(chosen, rejected) : null;
    return { ...rest, ...(split ?? { responses: [chosen, rejected] as const }) };
  }
  const message =
    "is no pair: expected { prompt, responses: [2] }, { prompt, first, second } or { prompt, chosen, rejected }";
  throw new DataError({ path, line: row.line, message });
};

/**
 * Reads pairs to be judged from a JSON-lines file: `{ id?, prompt?, responses }`, `{ …, first, second }`, or
 * `{ …, chosen, rejected }`, whole transcripts among them. A pair without an id is named by its texts; a repeated
 * pair counts once.
 *
 * @throws DataError with the line.
 */
export const readPairs = (path: string): ResponsePair[] => {
  const pairs = new Map<string, ResponsePair>();
  for (const row of parseJsonRows(readTextFile(path), path)) {
    const { id, prompt = "", responses } = parsePair(row, path);
    const [first, second] = responses;
    const pair = { id: id ?? contentId(prompt, first, second), prompt, first, second };
    const known = pairs.get(pair.id);
    if (known && (known.prompt !== prompt || known.first !== first || known.second !== second)) {
      throw new DataError({
        path,
        line: row.line,
        message: `the id "${pair.id}" already names another pair`,
      });
    }
    pairs.set(pair.id, pair);
  }
  if (pairs.size === 0) throw new DataError({ path, message: "is empty, expected at least one pair" });
  return [...pairs.values()];
};
