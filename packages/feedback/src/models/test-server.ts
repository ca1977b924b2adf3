import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ChatMessage } from "@accord-rl/core";

/** A chat completion request, as it came in. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly max_tokens?: number;
  readonly logprobs?: boolean;
  readonly temperature?: number;
  readonly seed?: number;
  readonly [field: string]: unknown;
}

/** Answers a request in its own way; false = not its business, the next one may. */
export type Handler = (request: ChatRequest, response: ServerResponse, incoming: IncomingMessage) => boolean;

export const sendJson = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: object = {},
): true => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
  return true;
};

/** The good answer: log-probabilities of tokens, the most likely one as text. */
export const chatCompletion = (logProbs: Readonly<Record<string, number>>, text?: string) => {
  const top = Object.entries(logProbs)
    .map(([token, logprob]) => ({ token, logprob }))
    .sort((a, b) => b.logprob - a.logprob);
  const content = text ?? top[0]?.token ?? "";
  const first = { ...(top[0] ?? { token: content, logprob: 0 }), top_logprobs: top };
  return {
    choices: [
      { message: { role: "assistant", content }, finish_reason: "stop", logprobs: { content: [first] } },
    ],
    usage: { prompt_tokens: 11, completion_tokens: 1 },
  };
};

/** The ways in which servers fail. */
export const faults: Readonly<Record<string, Handler>> = {
  rateLimit: (_, response) =>
    sendJson(response, 429, { error: { message: "slow down" } }, { "retry-after": "0.02" }),
  internal: (_, response) => sendJson(response, 500, { error: { message: "oops" } }),
  overloaded: (_, response) => {
    response.writeHead(503, { "content-type": "text/html" }).end("<h1>Overloaded</h1>");
    return true;
  },
  dropped: (_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "4000" });
    response.write('{"choices":[{"message":');
    setTimeout(() => response.destroy(), 5);
    return true;
  },
  refusedConnection: (_, response) => {
    response.socket?.destroy();
    return true;
  },
  stalled: (_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "4000" });
    response.write('{"choices":[');
    return true;
  },
  silent: () => true,
  nonsense: (_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end("{{{ nonsense");
    return true;
  },
  otherJson: (_, response) => sendJson(response, 200, { choices: [], detail: "?" }),
  page: (_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome</h1>");
    return true;
  },
};

/** Serves chat completions on a free port of this machine. */
export const startServer = async (...handlers: readonly Handler[]) => {
  const requests: ChatRequest[] = [];
  const server = createServer(async (incoming, response) => {
    let text = "";
    for await (const chunk of incoming) text += chunk;
    if (incoming.url !== "/v1/chat/completions")
      return void sendJson(response, 404, { error: { message: "no path" } });
    const request = JSON.parse(text) as ChatRequest;
    requests.push(request);
    handlers.some((handler) => handler(request, response, incoming));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    requests,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
