import { z } from "zod";
import { optionalNumber } from "./records.ts";
import type { Preference } from "./trl.ts";

/** Which of two summaries a person chose, with who that was. */
export interface SummaryComparison extends Preference<string> {
  readonly worker: string;
  readonly split?: string | undefined;
  /** 1 to 9, where the worker was asked. */
  readonly confidence?: number | undefined;
  /** Who wrote the two: `[chosen, rejected]`. */
  readonly policies: readonly [string, string];
}

/** How a person rated one summary, 1 to 7 on each axis. */
export interface SummaryRating {
  readonly prompt: string;
  readonly response: string;
  readonly axes: Readonly<Record<string, number>>;
  readonly worker: string;
  readonly split?: string | undefined;
  readonly policy: string;
}

const info = z.object({
  post: z.string().nullish(),
  title: z.string().nullish(),
  subreddit: z.string().nullish(),
  article: z.string().nullish(),
});

/** As the models of the paper read it (appendix B.2). A news article has no subreddit. */
const promptOf = ({ post, title, subreddit, article }: z.infer<typeof info>): string => {
  const lines = [
    subreddit ? `SUBREDDIT: r/${subreddit}` : undefined,
    title ? `TITLE: ${title}` : undefined,
    post ? `POST: ${post}` : undefined,
    article ? `ARTICLE: ${article}` : undefined,
    "TL;DR:",
  ];
  return lines.filter((line) => line !== undefined).join("\n\n");
};

const summary = z.object({ text: z.string().min(1), policy: z.string().default("") });
const withText = info.refine(({ post, article }) => post || article, {
  message: "there is neither a post nor an article",
});

const comparison: z.ZodType<SummaryComparison> = z
  .object({
    info: withText,
    summaries: z.tuple([summary, summary]),
    choice: z.union([z.literal(0), z.literal(1)]),
    worker: z.string(),
    split: z.string().optional(),
    extra: z.object({ confidence: optionalNumber(z.number()) }).nullish(),
  })
  .transform(({ info, summaries, choice, worker, split, extra }) => {
    const [chosen, rejected] = choice === 0 ? summaries : [summaries[1], summaries[0]];
    return {
      prompt: promptOf(info),
      chosen: chosen.text,
      rejected: rejected.text,
      worker,
      split,
      confidence: extra?.confidence,
      policies: [chosen.policy, rejected.policy] as const,
    };
  });

const rating: z.ZodType<SummaryRating> = z
  .object({
    info: withText,
    summary: summary.extend({ axes: z.record(z.string(), z.number().nullable()) }),
    worker: z.string(),
    split: z.string().optional(),
  })
  .transform(({ info, summary: { text, policy, axes }, worker, split }) => ({
    prompt: promptOf(info),
    response: text,
    axes: Object.fromEntries(
      Object.entries(axes).filter((axis): axis is [string, number] => axis[1] !== null),
    ),
    worker,
    split,
    policy,
  }));

/**
 * The formats of OpenAI's summaries from human feedback, as schemas for `readRecords` and `streamRecords`.
 * @see Stiennon et al. 2020. https://arxiv.org/abs/2009.01325
 */
export const openaiSummaries = {
  /** comparisons/*.json: `{ info, summaries: [2], choice, worker, split?, extra?: { confidence } }`. */
  comparison,
  /** axis_evals/*.json: `{ info, summary: { text, policy, axes }, worker, split? }`. */
  rating,
} as const;
