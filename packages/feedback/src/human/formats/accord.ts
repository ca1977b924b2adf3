import { DataError } from "@accord-rl/core";
import { z } from "zod";
import { contentId } from "../content-id.ts";
import { type JsonRow, parseRow } from "../json-rows.ts";
import { type JudgementFormat, unknownWorker } from "./format.ts";

const context = {
  id: z.string().min(1).optional(),
  prompt: z.string().default(""),
  worker: z.string().min(1).default(unknownWorker),
  seconds: z.number().min(0).optional(),
  time: z.iso.datetime({ offset: true }).optional(),
  confidence: z.number().optional(),
};
const pair = z.object({
  ...context,
  responses: z.tuple([z.string(), z.string()]),
  choice: z.enum(["first", "second", "tie"]),
  isSwapped: z.boolean().optional(),
});
const rating = z.object({ ...context, responses: z.tuple([z.string()]), rating: z.number() });
const ranking = z
  .object({
    ...context,
    responses: z.array(z.string()).min(2),
    ranks: z.array(z.number().int().min(1)),
  })
  .refine(({ responses, ranks }) => responses.length === ranks.length, {
    path: ["ranks"],
    message: "expected as many ranks as responses",
  });

/** The field that says what was asked, with how the row is read then. */
const readers = {
  choice: (row: JsonRow, path: string) => parseRow(pair, row, path),
  rating: (row: JsonRow, path: string) => parseRow(rating, row, path),
  ranks: (row: JsonRow, path: string) => parseRow(ranking, row, path),
} as const;
type Kind = keyof typeof readers;
const kinds = Object.keys(readers) as Kind[];

/**
 * Our own: `{ id, prompt, responses, choice | rating | ranks, worker, seconds, time }`. Says all that a `Judgement` can.
 * A row without an id is named by its texts.
 */
export const accordFormat: JudgementFormat = {
  parse: (row, path) => {
    const isObject = typeof row.value === "object" && row.value !== null;
    const present = isObject ? kinds.filter((kind) => kind in (row.value as object)) : [];
    if (present.length !== 1) {
      const found = present.length === 0 ? "none" : present.join(" and ");
      const message = `has ${found} of ${kinds.join(", ")}, expected one`;
      throw new DataError({ path, line: row.line, message });
    }
    const judgement = readers[present[0] as Kind](row, path);
    return { ...judgement, id: judgement.id ?? contentId(judgement.prompt, ...judgement.responses) };
  },
  format: (judgement) => judgement,
};
