import { startChatServer, tokensOf } from "@accord-rl/testing";

const liked = /\b(good|great|love|loved|best|excellent|wonderful|enjoyed|beautiful|perfect)\b/gi;
const disliked = /\b(bad|worst|boring|awful|terrible|waste|poor|stupid|dull|worse)\b/gi;
const count = (text: string, words: RegExp): number => text.match(words)?.length ?? 0;

/** What the server thinks of a question's text: log-odds of "positive". */
export const opinionOf = (text: string): number =>
  1.5 * (count(text, liked) - count(text, disliked)) + text.length / 1000;

/** A server whose model judges by a few words. */
export const startLabeler = () =>
  startChatServer({
    model: "words",
    keyOf: ({ messages }) => messages[0]!.content,
    answer: ({ messages }) => {
      const logOdds = opinionOf(messages[0]!.content);
      const top = [...tokensOf(" positive", " negative", logOdds)].sort((a, b) => b.logprob - a.logprob);
      return { content: top[0]!.token, finishReason: "length", top };
    },
  });
