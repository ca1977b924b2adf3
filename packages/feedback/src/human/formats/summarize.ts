import { DataError } from "@accord-rl/core";
import { z } from "zod";
import { contentId } from "../content-id.ts";
import { parseRow } from "../json-rows.ts";
import { isPairJudgement, isRatingJudgement, type Judgement } from "../judgement.ts";
import { type JudgementFormat, unknownWorker } from "./format.ts";

const text = z.string().nullish();
const info = z
  .object({ id: text, post: text, article: text, title: text, subreddit: text })
  .refine(({ post, article }) => (post ?? article ?? null) !== null, {
    message: "has neither post nor article",
  });
const shared = { info, worker: z.string().nullish() };
const comparison = z.object({
  ...shared,
  summaries: z.tuple([z.object({ text: z.string() }), z.object({ text: z.string() })]),
  choice: z.union([z.literal(0), z.literal(1)]),
  extra: z.object({ confidence: z.number().nullish() }).nullish(),
});
const evaluation = z.object({
  ...shared,
  summary: z.object({ text: z.string(), axes: z.object({ overall: z.number() }) }),
});

/** What the labelers of the paper read: subreddit and title, where there are any, over the post. */
const promptOf = ({ post, article, title, subreddit }: z.infer<typeof info>): string => {
  const body = post ?? article ?? "";
  const head = [...(subreddit ? [`SUBREDDIT: r/${subreddit}`] : []), ...(title ? [`TITLE: ${title}`] : [])];
  return head.length === 0 ? body : [...head, `POST: ${body}`].join("\n");
};

/**
 * OpenAI's summarize-from-feedback: comparisons `{ info, summaries, choice, worker, extra.confidence }`, and axis
 * evaluations, whose `overall` is read as a rating. Knows no ties. Written with the whole prompt as `info.post`.
 *
 * @see Stiennon et al. 2020. https://arxiv.org/abs/2009.01325
 */
export const summarizeFormat: JudgementFormat = {
  parse: (row, path): Judgement => {
    const keys = typeof row.value === "object" && row.value !== null ? row.value : {};
    if ("summary" in keys) {
      const { info, summary, worker } = parseRow(evaluation, row, path);
      const judged = { prompt: promptOf(info), responses: [summary.text] as [string] };
      const id = contentId(judged.prompt, ...judged.responses);
      return { ...judged, id, worker: worker ?? unknownWorker, rating: summary.axes.overall };
    }
    if (!("summaries" in keys)) {
      throw new DataError({ path, line: row.line, message: "has neither summaries nor summary" });
    }
    const { info, summaries, choice, worker, extra } = parseRow(comparison, row, path);
    const judged = {
      prompt: promptOf(info),
      responses: [summaries[0].text, summaries[1].text] as [string, string],
    };
    return {
      ...judged,
      id: contentId(judged.prompt, ...judged.responses),
      worker: worker ?? unknownWorker,
      choice: choice === 0 ? "first" : "second",
      ...(extra?.confidence !== null && extra?.confidence !== undefined && { confidence: extra.confidence }),
    };
  },
  format: (judgement) => {
    const { id, prompt, worker, confidence } = judgement;
    const info = { id, post: prompt };
    if (isRatingJudgement(judgement)) {
      return { info, summary: { text: judgement.responses[0], axes: { overall: judgement.rating } }, worker };
    }
    if (!isPairJudgement(judgement) || judgement.choice === "tie") return null;
    return {
      info,
      summaries: judgement.responses.map((response) => ({ text: response })),
      choice: judgement.choice === "first" ? 0 : 1,
      worker,
      extra: confidence === undefined ? {} : { confidence },
    };
  },
};
