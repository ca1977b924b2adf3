import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const requestSchema = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  logprobs: z.boolean().nullish(),
});

const pairPattern = /\n\nResponse 1:\n([\s\S]*)\n\nResponse 2:\n([\s\S]*)\n\n(?:Which|Think)/;

/** What the server thinks of two answers, as they are shown: log-odds of the first, longer ones and the first favoured. */
export const opinionOf = (first: string, second: string): number =>
  0.05 * (first.length - second.length) + 1.5;

/**
 * An OpenAI-compatible server whose model likes long answers, and likes the one that it sees first; asked for a score it
 * says 5, and where it may write, it writes reasons. Counts what it was asked.
 */
export const startServer = async () => {
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { messages, logprobs } = requestSchema.parse(JSON.parse(body));
      const key = JSON.stringify([messages, logprobs]);
      asked.set(key, (asked.get(key) ?? 0) + 1);
      const found = pairPattern.exec(messages[0]!.content);
      const lean = found ? opinionOf(found[1]!, found[2]!) : 0;
      const top = found
        ? [
            { token: "1", logprob: -Math.log1p(Math.exp(-lean)) },
            { token: "2", logprob: -Math.log1p(Math.exp(lean)) },
          ]
        : [{ token: "5", logprob: -0.1 }];
      const isThinking = /Think first/.test(messages.at(-1)!.content);
      const content = isThinking ? "The longer one says more." : lean > 0 ? "1" : "2";
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          choices: [
            {
              message: { content },
              finish_reason: "stop",
              ...(logprobs && { logprobs: { content: [{ ...top[0]!, top_logprobs: top }] } }),
            },
          ],
          usage: { prompt_tokens: 10, completion_tokens: 1 },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    /** For --labeler. */
    name: `http://127.0.0.1:${port}/v1#long-and-first`,
    /** How often each question was asked. */
    asked: asked as ReadonlyMap<string, number>,
    close: () => server.close(),
  };
};
