import { parseJson, redactSecrets } from "@accord-rl/core";
import { type BodyBounds, readBody } from "./bounded-body.ts";
import { eventData } from "./event-stream.ts";
import { answerSchema, type ChatAnswer, joinPieces, pieceSchema } from "./openai-answer.ts";
import { readError, readErrorBody, ServerFailure, UnreadableAnswer } from "./openai-failure.ts";
import type { OpenAiServer } from "./openai-server.ts";

const parse = (text: string): unknown =>
  parseJson(text, (problem) => {
    throw new UnreadableAnswer(`the answer is no chat completion: ${problem}`);
  });

/** Some gateways send failures with status 200, and their reason in the answer or in its choice. */
const throwInner = (holder: unknown): void => {
  const inner =
    typeof holder === "object" && holder !== null && "error" in holder ? readError(holder.error) : null;
  if (inner) throw new ServerFailure(inner);
};

const readPieces = (text: string): ChatAnswer => {
  const pieces = eventData(text).flatMap((data) => {
    if (data.trim() === "[DONE]") return [];
    const content = parse(data);
    throwInner(content);
    const piece = pieceSchema.safeParse(content);
    return piece.success ? [piece.data] : [];
  });
  if (!pieces.some(({ choices }) => choices?.length)) {
    throw new UnreadableAnswer("the answer is a stream without a chat completion");
  }
  return joinPieces(pieces);
};

/** Reads a chat completion, streamed or in one piece. @throws ServerFailure where it holds one; UnreadableAnswer. */
export const readAnswer = (text: string, contentType: string | null): ChatAnswer => {
  const isStream = contentType?.includes("text/event-stream") || /^(data:|:|event:)/.test(text);
  const answer = isStream ? readPieces(text) : answerOf(parse(text));
  const choice = answer.choices[0];
  throwInner(choice);
  if (choice?.finish_reason === "error") throw new ServerFailure({ message: "the server reports an error" });
  if (choice?.finish_reason === "content_filter") {
    throw new ServerFailure({ message: "finish_reason is content_filter", code: "content_filter" });
  }
  return answer;
};

const answerOf = (content: unknown): ChatAnswer => {
  throwInner(content);
  const result = answerSchema.safeParse(content);
  if (result.success) return result.data;
  throw new UnreadableAnswer("the answer is no chat completion");
};

const jsonOrText = (text: string): unknown => {
  try {
    return parse(text);
  } catch {
    return text;
  }
};

export interface ChatRequest extends BodyBounds {
  readonly server: OpenAiServer;
  readonly body: unknown;
  /** Until the last byte. */
  readonly timeoutMs: number;
}

/**
 * One attempt at a chat completion. The time limit holds for the body of the answer, too.
 *
 * @throws ServerFailure for what the server says is one; UnreadableAnswer where nothing readable came in time.
 */
export const requestChat = async ({
  server,
  body,
  timeoutMs,
  ...bounds
}: ChatRequest): Promise<ChatAnswer> => {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${server.url}/chat/completions`, {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json", ...server.headers },
      body: JSON.stringify(body),
      signal,
    });
    // An echoed key must not get into answers, nor into the files that keep them.
    const text = redactSecrets(await readBody(response.body, bounds));
    if (response.ok) return readAnswer(text, response.headers.get("content-type"));
    const said = readErrorBody(jsonOrText(text), text);
    throw new ServerFailure({ ...said, status: response.status, headers: response.headers });
  } catch (error) {
    if (signal.aborted) throw new UnreadableAnswer(`no answer within ${timeoutMs} ms`);
    throw error;
  }
};
