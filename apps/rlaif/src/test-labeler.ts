import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const requestSchema = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
});

const liked = /\b(good|great|love|loved|best|excellent|wonderful|enjoyed|beautiful|perfect)\b/gi;
const disliked = /\b(bad|worst|boring|awful|terrible|waste|poor|stupid|dull|worse)\b/gi;
const count = (text: string, words: RegExp): number => text.match(words)?.length ?? 0;

/** What the server thinks of a question's text: log-odds of "positive". */
export const opinionOf = (text: string): number =>
  1.5 * (count(text, liked) - count(text, disliked)) + text.length / 1000;

/** An OpenAI-compatible server whose model judges by a few words; counts what it was asked. */
export const startLabeler = async () => {
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { messages } = requestSchema.parse(JSON.parse(body));
      const question = messages[0]!.content;
      asked.set(question, (asked.get(question) ?? 0) + 1);
      const logOdds = opinionOf(question);
      const top = [
        { token: " positive", logprob: -Math.log1p(Math.exp(-logOdds)) },
        { token: " negative", logprob: -Math.log1p(Math.exp(logOdds)) },
      ].sort((a, b) => b.logprob - a.logprob);
      const content = [{ ...top[0]!, top_logprobs: top }];
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          choices: [{ message: { content: top[0]!.token }, finish_reason: "length", logprobs: { content } }],
          usage: { prompt_tokens: 10, completion_tokens: 1 },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    /** For --labeler. */
    name: `http://127.0.0.1:${port}/v1#words`,
    /** How often each question was asked. */
    asked: asked as ReadonlyMap<string, number>,
    close: () => server.close(),
  };
};
