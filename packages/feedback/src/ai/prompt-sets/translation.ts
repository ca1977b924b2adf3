import { type PromptSet, promptSetSchema } from "../prompt-set.ts";
import { askForNumber, askForScore } from "./shared.ts";

const preamble =
  "A good translation says what the source says, all of it and nothing else, in the same tone, and reads as if it had " +
  "been written in its own language. Names, numbers and negations are kept.";

/** Which of two translations of a text is better. */
export const translationPrompts: PromptSet = promptSetSchema.parse({
  name: "translation",
  preamble: `${preamble} You are given a source text and two translations. Say which translation is better.`,
  sample: "Source:\n{prompt}\n\nTranslation 1:\n{first}\n\nTranslation 2:\n{second}",
  ...askForNumber("translation is better", "Translation"),
  thinking:
    "Think first: for each translation say in a sentence what it changes, adds or leaves out. Don't choose yet.",
  exemplars: [
    {
      prompt: "Der Zug fährt heute nicht vor acht Uhr ab.",
      first: "The train leaves at eight o'clock today.",
      second: "The train won't leave before eight o'clock today.",
      preferred: "second",
      rationale: "Translation 1 loses the negation: the train may leave later. Translation 2 keeps it.",
    },
    {
      prompt: "Il pleut des cordes, prends un parapluie.",
      first: "It's pouring, take an umbrella.",
      second: "It rains ropes, take an umbrella.",
      preferred: "first",
      rationale:
        "The saying means that it rains hard. Translation 1 says so; Translation 2 takes it word by word.",
    },
  ],
  scoring: {
    preamble: `${preamble} You are given a source text and a translation. Rate the translation.`,
    sample: "Source:\n{prompt}\n\nTranslation:\n{response}",
    ending: askForScore,
  },
});
