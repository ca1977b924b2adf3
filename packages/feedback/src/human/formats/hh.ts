import { DataError } from "@accord-rl/core";
import { z } from "zod";
import { contentId } from "../content-id.ts";
import { parseRow } from "../json-rows.ts";
import { isPairJudgement, swapJudgement } from "../judgement.ts";
import { type JudgementFormat, unknownWorker } from "./format.ts";
import { isTranscriptPrompt, splitTranscriptPair } from "./transcript.ts";

const schema = z.object({ chosen: z.string().min(1), rejected: z.string().min(1) });

/**
 * Anthropic's HH-RLHF: `{ chosen, rejected }`, whole transcripts of "\n\nHuman:" and "\n\nAssistant:" turns. Knows
 * neither workers nor ties; a prompt that is no transcript becomes one human turn.
 *
 * @see Bai et al. 2022. https://arxiv.org/abs/2204.05862
 */
export const hhFormat: JudgementFormat = {
  parse: (row, path) => {
    const { chosen, rejected } = parseRow(schema, row, path);
    const split = splitTranscriptPair(chosen, rejected);
    if (split === null) {
      const message = '"chosen" and "rejected" are not alike up to their last "\\n\\nAssistant:"';
      throw new DataError({ path, line: row.line, message });
    }
    const id = contentId(split.prompt, ...split.responses);
    return { ...split, id, worker: unknownWorker, choice: "first" };
  },
  format: (judgement) => {
    if (!isPairJudgement(judgement) || judgement.choice === "tie") return null;
    const { prompt, responses } = judgement.choice === "first" ? judgement : swapJudgement(judgement);
    const isTranscript = isTranscriptPrompt(prompt);
    const whole = (response: string) =>
      isTranscript ? `${prompt}${response}` : `\n\nHuman: ${prompt}\n\nAssistant: ${response}`;
    return { chosen: whole(responses[0]), rejected: whole(responses[1]) };
  },
};
