import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { KnownPair } from "./known-pair.ts";

const taskSchema = z.object({
  examples: z
    .array(
      z
        .object({ input: z.string(), target_scores: z.record(z.string(), z.number()) })
        .transform(({ input, target_scores }): KnownPair => {
          const [[better], [worse]] = Object.entries(target_scores).sort((a, b) => b[1] - a[1]) as [
            [string, number],
            [string, number],
          ];
          return { prompt: input, better, worse };
        }),
    )
    .min(1),
});

/**
 * A task of BIG-bench's hhh_alignment: of two answers, the one with the score 1 is better.
 * @see Askell et al. 2021. https://arxiv.org/abs/2112.00861
 */
export const readHhhTask = async (path: string): Promise<readonly KnownPair[]> =>
  taskSchema.parse(JSON.parse(await readFile(path, "utf8"))).examples;
