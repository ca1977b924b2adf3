import { startChatServer, tokensOf } from "@accord-rl/testing";

const pairPattern = /\n\nResponse 1:\n([\s\S]*)\n\nResponse 2:\n([\s\S]*)\n\n(?:Which|Think)/;

/** What the server thinks of two answers, as they are shown: log-odds of the first, longer ones and the first favoured. */
export const opinionOf = (first: string, second: string): number =>
  0.05 * (first.length - second.length) + 1.5;

/**
 * A server whose model likes long answers, and likes the one that it sees first; asked for a score it says 5, and where
 * it may write, it writes reasons.
 */
export const startServer = () =>
  startChatServer({
    model: "long-and-first",
    keyOf: ({ messages, logprobs }) => JSON.stringify([messages, logprobs]),
    answer: ({ messages, logprobs }) => {
      const found = pairPattern.exec(messages[0]!.content);
      const lean = found ? opinionOf(found[1]!, found[2]!) : 0;
      const top = found ? tokensOf("1", "2", lean) : [{ token: "5", logprob: -0.1 }];
      const isThinking = /Think first/.test(messages.at(-1)!.content);
      const content = isThinking ? "The longer one says more." : lean > 0 ? "1" : "2";
      return { content, finishReason: "stop", top: logprobs ? top : undefined };
    },
  });
