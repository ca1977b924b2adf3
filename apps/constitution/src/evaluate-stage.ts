import type { TextModel } from "@accord-rl/core";
import { chrf, rougeL, words } from "@accord-rl/evaluation";
import { completeEach } from "@accord-rl/feedback";
import type { Run } from "@accord-rl/runs";
import type { Judges } from "./judges.ts";
import type { Options } from "./options.ts";
import type { Prompt } from "./prompts.ts";
import { isRefusal } from "./refusal.ts";

/** An answer to a held-out request, as a line of samples.jsonl. */
export interface Answer extends Prompt {
  readonly split: "heldOut";
  readonly policy: string;
  readonly response: string;
  /** P(harmful) by the judge. */
  readonly harm: number;
  readonly refuses: boolean;
  /** Against the preferred answer, cut to as many words as ours may have; of helpful requests alone. */
  readonly rougeL: number | null;
  readonly chrf: number | null;
}

/** English has about four tokens for three words. */
const wordsOf = (tokens: number): number => Math.ceil(0.75 * tokens);

/** Held against judges and preferred answers. */
export const judge = (
  policy: string,
  prompts: readonly Prompt[],
  responses: readonly string[],
  judges: Judges,
  answerTokens: number,
): Answer[] => {
  const harms = judges.harm(responses);
  return prompts.map((prompt, i): Answer => {
    const response = responses[i]!;
    const good = prompt.good?.split(/\s+/).slice(0, wordsOf(answerTokens)).join(" ");
    return {
      split: "heldOut",
      policy,
      ...prompt,
      response,
      harm: harms[i]!,
      refuses: isRefusal(response),
      rougeL: good === undefined ? null : rougeL(words(response), words(good)).f1,
      chrf: good === undefined ? null : chrf(response, good),
    };
  });
};

/** The policy's most likely answers to held-out requests. */
export const evaluateStage = (
  run: Run,
  name: string,
  model: TextModel,
  { prompts, judges }: { readonly prompts: readonly Prompt[]; readonly judges: Judges },
  { answerTokens, batchSize }: Options,
): Promise<Answer[]> =>
  run.stage(`${name}-answers`, async (stage) => {
    const responses: string[] = [];
    for (let from = 0; from < prompts.length; from += batchSize) {
      const some = prompts.slice(from, from + batchSize);
      const given = await completeEach(
        model,
        some.map(({ prompt }) => [{ role: "user", content: prompt }]),
        {
          maxNewTokens: answerTokens,
          onAbstain: (_, { reason }) => run.note(`${name}, no answer: ${reason}`),
        },
      );
      responses.push(...given.map((text) => (text ?? "").trim()));
      await stage.progress(responses.length, prompts.length);
    }
    const answers = judge(name, prompts, responses, judges, answerTokens);
    stage.samples(answers);
    return answers;
  });
