import { z } from "zod";

const tokenSchema = z.object({ token: z.string(), logprob: z.number() });
const logProbsSchema = z
  .object({
    content: z.array(tokenSchema.extend({ top_logprobs: z.array(tokenSchema).nullish() })).nullish(),
  })
  .nullish();

/** Text, or parts of which those with a text count: thoughts are parts of other types. */
const contentSchema = z
  .union([z.string(), z.array(z.object({ type: z.string().nullish(), text: z.unknown().optional() }))])
  .nullish()
  .transform((content) => {
    if (!Array.isArray(content)) return content ?? undefined;
    const texts = content.filter(
      ({ type }) => type === undefined || type === null || /^(output_)?text$/.test(type),
    );
    return texts.map(({ text }) => (typeof text === "string" ? text : "")).join("");
  });

const messageSchema = z.object({ content: contentSchema, refusal: z.string().nullish() });
const choiceFields = {
  finish_reason: z.string().nullish(),
  logprobs: logProbsSchema,
  error: z.unknown().optional(),
};
const count = z.number().int().min(0);
const usageSchema = z.object({ prompt_tokens: count, completion_tokens: count }).nullish();

/** What of a chat completion is read. */
export const answerSchema = z.object({
  choices: z.array(z.object({ message: messageSchema.nullish(), ...choiceFields })).min(1),
  usage: usageSchema.catch(undefined),
});

/** What of a piece of a streamed chat completion is read. */
export const pieceSchema = z.object({
  choices: z
    .array(
      z.object({
        index: z.number().nullish(),
        delta: messageSchema.nullish(),
        message: messageSchema.nullish(),
        ...choiceFields,
      }),
    )
    .nullish(),
  usage: usageSchema.catch(undefined),
});

export type ChatAnswer = z.infer<typeof answerSchema>;
type Choice = ChatAnswer["choices"][number];

/** A streamed answer put together: texts joined, the last reason to end and the last usage. */
export const joinPieces = (pieces: readonly z.infer<typeof pieceSchema>[]): ChatAnswer => {
  const texts: string[] = [];
  const refusals: string[] = [];
  const logProbs: NonNullable<NonNullable<Choice["logprobs"]>["content"]> = [];
  let last: Pick<Choice, "finish_reason" | "error"> = { error: undefined };
  let usage: ChatAnswer["usage"];
  for (const piece of pieces) {
    usage = piece.usage ?? usage;
    const choice = piece.choices?.find(({ index }) => (index ?? 0) === 0);
    if (!choice) continue;
    const message = choice.delta ?? choice.message;
    texts.push(message?.content ?? "");
    refusals.push(message?.refusal ?? "");
    logProbs.push(...(choice.logprobs?.content ?? []));
    last = { finish_reason: choice.finish_reason ?? last.finish_reason, error: choice.error ?? last.error };
  }
  const message = { content: texts.join(""), refusal: refusals.join("") || null };
  return { choices: [{ ...last, message, logprobs: { content: logProbs } }], usage };
};

/** What the model said: its text, or the words in which it declined. */
export const textOf = ({ message }: Choice): string => message?.content || message?.refusal || "";

/** Tokenizers write a space before a word in their own ways. */
const plain = (token: string): string => {
  const isSpace = (character: string | undefined) =>
    character === "▁" || (character !== undefined && character.trim() === "");
  let [from, to] = [0, token.length];
  while (from < to && (isSpace(token[from]) || token[from] === "Ġ")) from++;
  while (to > from && isSpace(token[to - 1])) to--;
  return token.slice(from, to);
};

/** log Σ exp of the tokens that are the candidate, with or without a space around; −∞ where none was reported. */
export const candidateLogProbs = (choice: Choice, candidates: readonly string[]): number[] | undefined => {
  const first = choice.logprobs?.content?.[0];
  if (!first) return undefined;
  const top = first.top_logprobs ?? [];
  const reported = (top.some(({ token }) => token === first.token) ? top : [...top, first]).map(
    ({ token, logprob }) => ({ word: plain(token), logprob }),
  );
  return candidates.map((candidate) => {
    const word = plain(candidate);
    const own = reported.filter((token) => token.word === word).map(({ logprob }) => logprob);
    const highest = Math.max(...own);
    if (!Number.isFinite(highest)) return Number.NEGATIVE_INFINITY;
    return highest + Math.log(own.reduce((sum, value) => sum + Math.exp(value - highest), 0));
  });
};
