import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What of a request to chat completions is looked at. */
export interface ChatRequest {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly logprobs?: boolean | null;
}

/** One of the most likely first tokens. */
export interface ChatToken {
  readonly token: string;
  readonly logprob: number;
}

export interface ChatAnswer {
  readonly content: string;
  readonly finishReason: "stop" | "length";
  /** The most likely first tokens, the one that was written first; absent where none were asked for. */
  readonly top?: readonly ChatToken[] | undefined;
}

/** Two tokens with these log-odds of the first. */
export const tokensOf = (first: string, second: string, logOdds: number): readonly ChatToken[] => [
  { token: first, logprob: -Math.log1p(Math.exp(-logOdds)) },
  { token: second, logprob: -Math.log1p(Math.exp(logOdds)) },
];

/**
 * An OpenAI-compatible server on this machine whose model is a function. Counts what it was asked.
 *
 * @param options.keyOf  what tells one question from another.
 */
export const startChatServer = async ({
  model,
  keyOf,
  answer,
}: {
  readonly model: string;
  readonly keyOf: (request: ChatRequest) => string;
  readonly answer: (request: ChatRequest) => ChatAnswer;
}) => {
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const asking = JSON.parse(body) as ChatRequest;
      const key = keyOf(asking);
      asked.set(key, (asked.get(key) ?? 0) + 1);
      const { content, finishReason, top } = answer(asking);
      const logprobs = top && { content: [{ ...top[0]!, top_logprobs: top }] };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          choices: [{ message: { content }, finish_reason: finishReason, logprobs }],
          usage: { prompt_tokens: 10, completion_tokens: 1 },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    /** For --labeler. */
    name: `http://127.0.0.1:${port}/v1#${model}`,
    /** How often each question was asked. */
    asked: asked as ReadonlyMap<string, number>,
    close: () => server.close(),
  };
};
