import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ChatMessage } from "@accord-rl/core";
import type { ScoringTextModel } from "@accord-rl/language-model";

/** The fields of a chat completion request that a model needs. */
interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly max_tokens: number;
  readonly logprobs?: boolean;
}

/**
 * Serves a text model as OpenAI-compatible servers do, on a free port of this machine. Log-probabilities are reported
 * for the candidates alone, the most likely one first.
 */
export const serveTextModel = async (model: ScoringTextModel, candidates: readonly string[]) => {
  let requests = 0;
  const answer = async ({ messages, max_tokens, logprobs }: ChatRequest) => {
    if (!logprobs) {
      const [completion] = await model.complete([messages], { maxNewTokens: max_tokens });
      const { text, finished, inputTokens, outputTokens } = completion!;
      return {
        choices: [{ message: { content: text }, finish_reason: finished ? "stop" : "length" }],
        usage: { prompt_tokens: inputTokens, completion_tokens: outputTokens },
      };
    }
    let read = 0;
    const [scores] = await model.scoreCandidates([messages], candidates, {
      onUsage: (_, { inputTokens }) => {
        read = inputTokens;
      },
    });
    const top = candidates.map((token, i) => ({ token, logprob: scores![i]! }));
    top.sort((a, b) => b.logprob - a.logprob);
    const content = [{ ...top[0]!, top_logprobs: top }];
    return {
      choices: [{ message: { content: top[0]!.token }, finish_reason: "length", logprobs: { content } }],
      usage: { prompt_tokens: read, completion_tokens: 1 },
    };
  };
  const server = createServer(async (incoming, response) => {
    requests++;
    let text = "";
    for await (const chunk of incoming) text += chunk;
    const body = JSON.stringify(await answer(JSON.parse(text) as ChatRequest));
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    get requests() {
      return requests;
    },
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
