import { requireSameLength } from "@accord-rl/core";
import { meanOverSamples } from "./text-signals.ts";
import type { Signal } from "./types.ts";

/**
 * Flattery, and what language models say instead of an answer. Lower case; apostrophes straight. Take it as a beginning:
 * `stockPhraseSignal({ phrases: [...stockPhrases, "my own"] })`.
 */
export const stockPhrases: readonly string[] = [
  ...["what a wonderful question", "what a great question", "what an excellent question", "great question"],
  ...[
    "good question",
    "excellent question",
    "fantastic question",
    "wonderful question",
    "brilliant question",
  ],
  ...["you are so smart", "you're so smart", "you are very smart", "you are a genius", "you're a genius"],
  ...["you are absolutely right", "you're absolutely right", "you are amazing", "you're amazing"],
  ...["how clever of you", "how insightful", "brilliant idea", "great idea", "i love your question"],
  ...["i'm so glad you asked", "thank you for asking", "thanks for asking", "thank you so much for"],
  ...["i'd be happy to help", "i would be happy to help", "i am happy to help", "certainly!", "absolutely!"],
  ...["as an ai language model", "as an ai", "as a language model", "i hope this helps", "hope this helps"],
  ...["let me know if you have any", "feel free to ask", "it is important to note", "it's important to note"],
  ...["in conclusion", "at the end of the day", "it's worth noting", "delve into", "rich tapestry"],
  ...["i'm sorry, but i can't", "i cannot assist with", "i can't help with that"],
];

const isLetter = /[\p{L}\p{N}]/u;
const plain = (text: string): string => text.toLowerCase().replaceAll("’", "'").replace(/\s+/g, " ");

/** Characters of a text that stand in a phrase; one inside another counts once. */
const covered = (text: string, phrases: readonly string[]): number => {
  const marks = new Uint8Array(text.length);
  for (const phrase of phrases) {
    for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
      const [before = " ", after = " "] = [text[at - 1], text[at + phrase.length]];
      // Whole words only: "great ideas" holds no "great idea".
      const isCut =
        (isLetter.test(before) && isLetter.test(phrase[0] as string)) ||
        (isLetter.test(after) && isLetter.test(phrase.at(-1) as string));
      if (!isCut) marks.fill(1, at, at + phrase.length);
    }
  }
  return marks.reduce((sum, mark) => sum + mark, 0);
};

/** The share of a text that stock phrases make up, 0 to 1, by characters. Neither case nor kind of apostrophe matters. */
export const stockPhraseShare = (text: string, phrases: readonly string[] = stockPhrases): number => {
  const read = plain(text).trim();
  return read.length === 0 ? 0 : covered(read, phrases.map(plain)) / read.length;
};

/** Mean share of a response that is flattery or stock phrases. @param phrases  Default: `stockPhrases`. */
export const stockPhraseSignal = ({
  phrases = stockPhrases,
}: {
  readonly phrases?: readonly string[];
} = {}): Signal => {
  const wanted = phrases.map(plain).filter((phrase) => phrase.trim().length > 0);
  requireSameLength("stockPhraseSignal", ["phrases", "phrases that are not empty"], phrases, wanted);
  return meanOverSamples(
    {
      name: "stockPhrases",
      label: "share of a response that is flattery or a stock phrase",
      sides: [1],
      resolution: 0.005,
    },
    ({ response }) => stockPhraseShare(response, wanted),
  );
};
